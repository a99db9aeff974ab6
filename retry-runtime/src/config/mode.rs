//! The mode of a policy or a breaker.

use std::fmt;
use std::str::FromStr;

use super::ConfigError;

/// The mode of a policy or a breaker: it acts, only reports, or is switched off.
///
/// The steps of a gradual rollout: `Off`, then `Observe`, then `Enforce`. Default: `Enforce`. It is
/// parsed from text in any case. `RETRY_MODE` and `CIRCUIT_BREAKER_MODE` set it for policies and
/// breakers from the environment, [`registry::configure`](crate::registry::configure) at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Mode {
    /// Retries and rejects. The default.
    #[default]
    Enforce,
    /// Makes one attempt and admits every call, and reports what `Enforce` would have done.
    Observe,
    /// The plain call, with nothing counted or reported.
    ///
    /// `attempt_timeout` and `total_timeout` belong to the function and hold in every mode.
    Off,
}

impl Mode {
    pub(crate) const LIST: [Self; 3] = [Self::Enforce, Self::Observe, Self::Off];

    /// Returns `enforce`, `observe` or `off`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Observe => "observe",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Mode {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        Self::LIST
            .into_iter()
            .find(|mode| text.trim().eq_ignore_ascii_case(mode.as_str()))
            .ok_or_else(|| ConfigError::new("mode", text, "must be `enforce`, `observe` or `off`"))
    }
}
