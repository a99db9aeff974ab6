//! Operator actions.

use retry_runtime::{CircuitBreaker, ConfigError, Mode};

/// An operator action on a breaker.
#[derive(Clone, Copy)]
pub(crate) enum Action {
    ForceOpen,
    ForceClosed,
    Reset,
    SetMode(Mode),
}

impl Action {
    /// Parses an action and its mode. The error is a message for the operator.
    pub(crate) fn parse(action: &str, mode: Option<&str>) -> Result<Self, String> {
        match (action, mode) {
            ("force_open", None) => Ok(Self::ForceOpen),
            ("force_closed", None) => Ok(Self::ForceClosed),
            ("reset", None) => Ok(Self::Reset),
            ("mode", Some(mode)) => {
                mode.parse().map(Self::SetMode).map_err(|error: ConfigError| error.to_string())
            }
            ("mode", None) => {
                Err("the action `mode` needs `mode`: set `enforce`, `observe` or `off`".to_owned())
            }
            ("force_open" | "force_closed" | "reset", Some(_)) => Err(format!(
                "the action `{action}` takes no `mode`: leave it out, or use the action `mode`"
            )),
            _ => Err(format!(
                "unknown action {action:?}: use `force_open`, `force_closed`, `reset` or `mode`"
            )),
        }
    }

    /// Performs the action on a breaker of this process.
    pub(crate) fn perform(self, breaker: &CircuitBreaker) {
        match self {
            Self::ForceOpen => breaker.force_open(),
            Self::ForceClosed => breaker.force_closed(),
            Self::Reset => breaker.reset(),
            Self::SetMode(mode) => breaker.set_mode(mode),
        }
    }
}
