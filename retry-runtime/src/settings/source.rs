//! The text of a setting, and its name in an error.

use std::borrow::Cow;
use std::ffi::OsString;

use crate::config::ConfigError;

/// A setting: its path in a file, its environment variable, the rule for its text, and the parser.
pub(crate) struct Key<T> {
    pub(crate) path: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) parse: fn(&str) -> Option<T>,
}

/// Declares [`Key`]s: of each the path, the variable without its prefix, the rule and the parser.
/// One without a variable is for files only.
macro_rules! keys {
    (
        $prefix:literal:
        $($key:ident: $type:ty = $path:literal $(or $variable:literal)?, $rule:expr, $parse:expr;)*
    ) => {$(
        pub(crate) const $key: Key<$type> = Key {
            path: $path,
            variable: concat!($prefix $(, $variable)?),
            rule: $rule,
            parse: $parse,
        };
    )*};
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

impl<'a> Source<'a> {
    /// Creates a source of variables with a prefix, which may be empty, or of the paths of a file.
    pub(crate) fn new(
        prefix: Option<&'a str>,
        lookup: impl Fn(String) -> Option<OsString> + 'a,
    ) -> Self {
        Self { prefix, lookup: Box::new(lookup) }
    }

    /// Returns the name of a setting in an error.
    pub(super) fn place<T>(&self, key: &Key<T>) -> String {
        match self.prefix {
            None => key.path.to_owned(),
            Some("") => key.variable.to_owned(),
            Some(prefix) => format!("{prefix}_{}", key.variable),
        }
    }

    /// Returns the rule for a setting that needs another one.
    pub(super) fn without<T>(&self, needed: &Key<T>, example: &str) -> String {
        let needed = self.place(needed);
        format!("has no effect without {needed}: set that too, such as `{example}`, or unset this")
    }

    /// Reads a setting, if it is set. White space around the value is ignored.
    pub(super) fn get<T>(&self, key: &Key<T>) -> Result<Option<Setting<T>>, ConfigError> {
        let (place, rule) = (self.place(key), key.rule);
        let Some(value) = (self.lookup)(place.clone()) else { return Ok(None) };
        let (text, rule) = match value.into_string() {
            Ok(text) if text.trim().is_empty() => {
                (text, format!("is set but empty: unset it for the default; otherwise it {rule}"))
            }
            Ok(text) => match (key.parse)(text.trim()) {
                Some(value) => return Ok(Some(Setting { place, text, rule, value })),
                None => (text, rule.to_owned()),
            },
            Err(bytes) => {
                (bytes.to_string_lossy().into_owned(), format!("is not Unicode: it {rule}"))
            }
        };
        Err(ConfigError::new(place, text, rule))
    }

    /// Reads a setting whose value needs no other.
    pub(crate) fn value<T>(&self, key: &Key<T>) -> Result<Option<T>, ConfigError> {
        Ok(self.get(key)?.map(|setting| setting.value))
    }
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
