//! The mode of a policy or a breaker.

use std::str::FromStr;

use super::ConfigError;
use crate::text_enum::text_enum;

text_enum! {
    /// The mode of a policy or a breaker: it acts, only reports, or is switched off.
    ///
    /// The steps of a gradual rollout: `Off`, then `Observe`, then `Enforce`. Default: `Enforce`.
    /// It is parsed from text in any case. `RETRY_MODE` and `CIRCUIT_BREAKER_MODE` set it for
    /// policies and breakers from the environment,
    /// [`registry::configure`](crate::registry::configure) at run time.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Mode {
        /// Retries and rejects. The default.
        #[default]
        Enforce = "enforce",
        /// Makes one attempt and admits every call, and reports what `Enforce` would have done.
        Observe = "observe",
        /// The plain call, with nothing counted or reported.
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
