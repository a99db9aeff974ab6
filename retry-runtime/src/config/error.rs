//! The error for an invalid setting.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::name::{self, Escaped};

/// An invalid setting: its place, its value, and the rule that it breaks.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// let error = retry_utils::STANDARD.max_attempts(0).check().unwrap_err();
/// assert_eq!(error.place(), "max_attempts");
/// assert_eq!(error.value(), "0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    place: Cow<'static, str>,
    value: String,
    rule: Cow<'static, str>,
}

impl ConfigError {
    /// Creates an error in the same form for a setting of another crate or of your program.
    ///
    /// The message is `place="value": rule`. Control characters are escaped, and place and value
    /// are cut at 100 characters. If the value is a secret, pass a placeholder instead.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::ConfigError;
    ///
    /// let error = ConfigError::new("BATCH_SIZE", "0", "must be at least 1");
    /// assert_eq!(error.to_string(), "BATCH_SIZE=\"0\": must be at least 1");
    /// ```
    #[must_use]
    pub fn new(
        place: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
        rule: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { place: place.into(), value: value.into(), rule: rule.into() }
    }

    /// Returns the error with the name of the table that contains the setting.
    pub(crate) fn within(self, table: &str) -> Self {
        Self { place: format!("{table}.{}", self.place).into(), ..self }
    }

    /// Returns the name of the environment variable, such as `RETRY_MAX_ATTEMPTS`, or of the field.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns the value, uncut.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the rule that the value breaks, with a fix.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (place, value) = (name::shown(&self.place), name::shown(&self.value));
        write!(f, "{}={value:?}: {}", Escaped(&place), Escaped(&self.rule))
    }
}

impl Error for ConfigError {}
