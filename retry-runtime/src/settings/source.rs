//! Where the text of a setting comes from.

use std::ffi::OsString;

use crate::breaker::{Settings, Violation};
use crate::config::ConfigError;

/// Gives the text of a setting by its full name, if it is set.
pub(crate) trait Lookup: Fn(String) -> Option<OsString> {}

impl<F: Fn(String) -> Option<OsString>> Lookup for F {}

/// The settings of one prefix.
pub(crate) struct Source<'a, L> {
    prefix: &'a str,
    lookup: L,
}

/// A setting that is there.
pub(crate) struct Setting<T> {
    pub(super) place: String,
    text: String,
    pub(crate) value: T,
}

impl<'a, L: Lookup> Source<'a, L> {
    pub(crate) fn new(prefix: &'a str, lookup: L) -> Self {
        Self { prefix, lookup }
    }

    /// What the setting is called in an error.
    pub(super) fn place(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}_{name}", self.prefix) }
    }

    /// The setting, if it is there. White space around the value is of no account.
    pub(crate) fn read<T>(
        &self,
        name: &str,
        rule: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<Setting<T>>, ConfigError> {
        let place = self.place(name);
        let Some(value) = (self.lookup)(place.clone()) else { return Ok(None) };
        let text = match value.into_string() {
            Ok(text) => text,
            Err(bytes) => {
                let text = bytes.to_string_lossy().into_owned();
                return Err(ConfigError::new(place, text, format!("is not Unicode: it {rule}")));
            }
        };
        if text.trim().is_empty() {
            let rule = format!("is set but empty: unset it for the default; otherwise it {rule}");
            return Err(ConfigError::new(place, text, rule));
        }
        match parse(text.trim()) {
            Some(value) => Ok(Some(Setting { place, text, value })),
            None => Err(ConfigError::new(place, text, rule)),
        }
    }
}

impl<T> Setting<T> {
    pub(super) fn error(&self, rule: impl Into<String>) -> ConfigError {
        ConfigError::new(self.place.clone(), self.text.clone(), rule.into())
    }

    /// The settings with this value in them, or the rule that it breaks.
    pub(super) fn accept(
        &self,
        rule: &str,
        checked: Result<Settings, Violation>,
    ) -> Result<Settings, ConfigError> {
        checked.map_err(|_| self.error(rule))
    }
}
