//! The text of a setting, and its name in an error.

use std::borrow::Cow;
use std::ffi::OsString;

use crate::config::ConfigError;

/// A setting: its path in a file, its environment variable, the rule for its text, and the parser.
#[derive(Clone, Copy)]
pub(crate) struct Key<T> {
    pub(crate) path: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) parse: fn(&str) -> Option<T>,
}

/// Declares [`Key`]s: of each the path, the variable without its prefix, the rule and the parser.
macro_rules! keys {
    (
        $prefix:literal:
        $($key:ident: $type:ty = $path:literal, $variable:literal, $rule:expr, $parse:expr;)*
    ) => {$(
        pub(crate) const $key: Key<$type> =
            Key { path: $path, variable: concat!($prefix, $variable), rule: $rule, parse: $parse };
    )*};
}
pub(super) use keys;

/// Returns the text of a setting by its full name, if it is set.
pub(crate) trait Lookup: Fn(String) -> Option<OsString> {}

impl<F: Fn(String) -> Option<OsString>> Lookup for F {}

/// The environment variables of one prefix, or the fields of a file.
pub(crate) struct Source<'a, L> {
    /// `None` for a file.
    prefix: Option<&'a str>,
    lookup: L,
}

/// A setting that is set.
pub(crate) struct Setting<T> {
    pub(super) place: String,
    pub(super) text: String,
    rule: &'static str,
    pub(crate) value: T,
}

impl<'a, L: Lookup> Source<'a, L> {
    /// Creates a source of variables. An empty prefix reads them by their own names.
    pub(crate) fn new(prefix: &'a str, lookup: L) -> Self {
        Self { prefix: Some(prefix), lookup }
    }

    #[cfg(feature = "serde")]
    pub(crate) fn of_file(lookup: L) -> Self {
        Self { prefix: None, lookup }
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

    pub(super) fn get<T>(&self, key: &Key<T>) -> Result<Option<Setting<T>>, ConfigError> {
        self.read(self.place(key), key.rule, key.parse)
    }

    /// Reads the setting at this place, if it is set. White space around the value is ignored.
    pub(crate) fn read<T>(
        &self,
        place: impl Into<String>,
        rule: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<Setting<T>>, ConfigError> {
        let place = place.into();
        let Some(value) = (self.lookup)(place.clone()) else { return Ok(None) };
        let (text, rule) = match value.into_string() {
            Ok(text) if text.trim().is_empty() => {
                (text, format!("is set but empty: unset it for the default; otherwise it {rule}"))
            }
            Ok(text) => match parse(text.trim()) {
                Some(value) => return Ok(Some(Setting { place, text, rule, value })),
                None => (text, rule.to_owned()),
            },
            Err(bytes) => {
                (bytes.to_string_lossy().into_owned(), format!("is not Unicode: it {rule}"))
            }
        };
        Err(ConfigError::new(place, text, rule))
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
