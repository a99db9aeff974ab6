//! The text of a setting, and its name in an error.

use std::borrow::Cow;
use std::ffi::OsString;

use super::text::Wrong;
use crate::config::ConfigError;

/// A setting: its path in a file, its environment variables, the rule for its text, and its parser.
pub(crate) struct Key<T> {
    pub(crate) path: &'static str,
    /// The names of its variable, without the prefix of the program. Errors suggest the first.
    /// Empty if the setting exists only in files.
    pub(crate) variables: &'static [&'static str],
    pub(crate) rule: &'static str,
    pub(crate) parse: fn(&str) -> Result<T, Wrong>,
}

/// Declares [`Key`]s, each with its path, rule and parser. After a start such as `"RETRY_":`, each
/// also has the names of its variable without that start, and `VARIABLES` lists all names.
macro_rules! keys {
    (@key $key:ident: $type:ty, $path:literal, [$($variable:expr),*], $rule:expr, $parse:expr) => {
        pub(crate) const $key: Key<$type> =
            Key { path: $path, variables: &[$($variable),*], rule: $rule, parse: $parse };
    };
    ($($key:ident: $type:ty = $path:literal, $rule:expr, $parse:expr;)*) => {
        $(keys!(@key $key: $type, $path, [], $rule, $parse);)*
    };
    (
        $start:literal:
        $($key:ident: $type:ty = $path:literal $(or $variable:literal)+, $rule:expr, $parse:expr;)*
    ) => {
        $(keys!(@key $key: $type, $path, [$(concat!($start, $variable)),+], $rule, $parse);)*

        pub(crate) const VARIABLES: &[&[&str]] = &[$($key.variables),*];
    };
}
pub(crate) use keys;

/// The environment variables of one prefix, or the fields of a file.
pub(crate) struct Source<'a> {
    /// `None` for a file.
    prefix: Option<&'a str>,
    /// Returns the text of a setting by its full name, if it is set.
    lookup: Box<dyn Fn(String) -> Option<OsString> + 'a>,
}

/// A setting that is set.
pub(crate) struct Setting<T> {
    pub(super) place: String,
    pub(super) text: String,
    rule: &'static str,
    pub(crate) value: T,
}

/// Returns the name of a variable with a prefix, which may be empty.
pub(super) fn prefixed(prefix: &str, variable: &str) -> String {
    if prefix.is_empty() { variable.to_owned() } else { format!("{prefix}_{variable}") }
}

impl<'a> Source<'a> {
    /// Creates a source: variables with a prefix, which may be empty, or the paths of a file.
    pub(crate) fn new(
        prefix: Option<&'a str>,
        lookup: impl Fn(String) -> Option<OsString> + 'a,
    ) -> Self {
        Self { prefix, lookup: Box::new(lookup) }
    }

    /// Returns the names of a setting in this source.
    fn names<T>(&self, key: &Key<T>) -> Vec<String> {
        match self.prefix {
            None => vec![key.path.to_owned()],
            Some(prefix) => key.variables.iter().map(|name| prefixed(prefix, name)).collect(),
        }
    }

    /// Returns the name of a setting for an error: the name by which it is set, or else the first.
    pub(super) fn place<T>(&self, key: &Key<T>) -> String {
        let names = self.names(key);
        let set = names.iter().find(|name| (self.lookup)((*name).clone()).is_some());
        set.or(names.first()).cloned().unwrap_or_default()
    }

    /// Returns the rule for a setting that needs another setting.
    pub(super) fn without<T>(&self, needed: &Key<T>, example: &str) -> String {
        let needed = self.place(needed);
        format!(
            "has no effect without `{needed}`: set that too, such as `{example}`, or unset this"
        )
    }

    /// Reads a setting, if it is set. Whitespace around the value is ignored.
    pub(super) fn get<T: PartialEq>(
        &self,
        key: &Key<T>,
    ) -> Result<Option<Setting<T>>, ConfigError> {
        let mut found: Option<Setting<T>> = None;
        for name in self.names(key) {
            let Some(text) = (self.lookup)(name.clone()) else { continue };
            let setting = read(key, name, text)?;
            match &found {
                Some(first) if first.value != setting.value => {
                    return Err(setting.error(format!(
                        "differs from `{}`, another name for the same setting: unset one of the two",
                        first.place
                    )));
                }
                Some(_) => {}
                None => found = Some(setting),
            }
        }
        Ok(found)
    }

    /// Reads a setting that does not depend on another one.
    pub(crate) fn value<T: PartialEq>(&self, key: &Key<T>) -> Result<Option<T>, ConfigError> {
        Ok(self.get(key)?.map(|setting| setting.value))
    }
}

/// Parses the text of a setting.
fn read<T>(key: &Key<T>, place: String, text: OsString) -> Result<Setting<T>, ConfigError> {
    let rule = key.rule;
    let (text, broken) = match text.into_string() {
        Ok(text) if text.trim().is_empty() => {
            (text, format!("is set but empty: unset it for the default; otherwise it {rule}"))
        }
        Ok(text) => match (key.parse)(text.trim()) {
            Ok(value) => return Ok(Setting { place, text, rule, value }),
            Err(Wrong::Rule) => (text, rule.to_owned()),
            Err(Wrong::TooShort) => {
                (text, format!("is below 1 ns, which would be zero: it {rule}"))
            }
        },
        Err(bytes) => (bytes.to_string_lossy().into_owned(), format!("is not Unicode: it {rule}")),
    };
    Err(ConfigError::new(place, text, broken))
}

impl<T> Setting<T> {
    pub(super) fn error(&self, rule: impl Into<Cow<'static, str>>) -> ConfigError {
        ConfigError::new(self.place.clone(), self.text.clone(), rule)
    }

    /// Returns the error for a value that breaks the setting's own rule.
    pub(super) fn broken(&self) -> ConfigError {
        self.error(self.rule)
    }
}
