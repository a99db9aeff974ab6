//! The mode of a policy or a breaker.

use std::str::FromStr;

use super::ConfigError;
use crate::text_enum::text_enum;

text_enum! {
    /// The mode of a policy or a breaker: it acts, only reports, or is switched off.
    ///
    /// For a gradual rollout, use `Off`, then `Observe`, then `Enforce`, the default. Parsing
    /// ignores case. `RETRY_MODE` and `CIRCUIT_BREAKER_MODE` set the mode of policies and breakers
    /// from the environment. [`registry::configure`](crate::registry::configure) sets it at run
    /// time.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Mode {
        /// Retries and rejects. The default.
        #[default]
        Enforce = "enforce",
        /// Makes one attempt and admits every call. Reports what `Enforce` would have done.
        Observe = "observe",
        /// Makes the plain call. Counts and reports nothing.
        ///
        /// `attempt_timeout` and `total_timeout` belong to the function and hold in every mode.
        Off = "off",
    }
}

impl Mode {
    pub(crate) const RULE: &str = "must be `enforce`, `observe` or `off`";
}

impl FromStr for Mode {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::LIST
            .into_iter()
            .find(|mode| text.trim().eq_ignore_ascii_case(mode.as_str()))
            .ok_or_else(|| ConfigError::new("mode", text, Self::RULE))
    }
}
