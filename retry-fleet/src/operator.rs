//! The operator behind a command, how long it lasts, and its errors.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use retry_runtime::{ConfigError, Mode};

use crate::limits::BY;

const LONGEST_FORCE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The operator who gives a command to the fleet, and how long a force lasts.
///
/// ```
/// # mod retry_utils { pub use retry_fleet as fleet; pub use retry_runtime::*; }
/// use retry_utils::fleet::By;
/// use std::time::Duration;
///
/// let by = By::name("ann").lasting(Duration::from_secs(2 * 60 * 60));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct By {
    pub(crate) name: String,
    pub(crate) lasting: Option<Duration>,
}

impl By {
    /// Sets the name of the operator, which the events of all instances show: 1 to 64 bytes without
    /// control characters. The name is not verified.
    pub fn name(name: impl Into<String>) -> Self {
        Self { name: name.into(), lasting: None }
    }

    /// Ends a force after this time: 1 ms to 365 days, rounded up to milliseconds. By default, a
    /// force lasts until [`Fleet::reset`](crate::Fleet::reset).
    pub fn lasting(self, lasting: Duration) -> Self {
        Self { lasting: Some(lasting), ..self }
    }

    /// Checks the values for a command.
    pub(crate) fn check(&self, command: Command) -> Result<(), ConfigError> {
        if !(1..=BY).contains(&self.name.len()) || self.name.contains(char::is_control) {
            let rule = "must have 1 to 64 bytes and no control characters";
            return Err(ConfigError::new("by", &self.name, rule));
        }
        let Some(lasting) = self.lasting else { return Ok(()) };
        let rule = match command {
            Command::Reset | Command::SetMode(_) => {
                "applies only to `force_open` and `force_closed`: remove it"
            }
            _ if lasting.is_zero() || lasting > LONGEST_FORCE => {
                "must be more than zero and at most 365 days"
            }
            _ => return Ok(()),
        };
        Err(ConfigError::new("lasting", format!("{lasting:?}"), rule))
    }
}

/// An operator's command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    ForceOpen,
    ForceClosed,
    Reset,
    SetMode(Mode),
}

/// The error of a command that was not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// This instance is alone. Nothing was sent, and nothing has changed.
    Alone,
    /// The command was sent, but no reply arrived. It may have taken effect. It is safe to repeat
    /// it.
    Unconfirmed,
    /// The group has 4,096 breakers and accepts no more. Nothing has changed.
    Full,
    /// A value breaks a rule. Nothing was sent.
    Invalid(ConfigError),
}

/// Checks the name of the breaker in a command.
pub(crate) fn check_breaker(name: &str) -> Result<(), ConfigError> {
    if !name.is_empty() {
        return Ok(());
    }
    Err(ConfigError::new("breaker", name, "must not be empty: instances share breakers by name"))
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone => f.write_str(
                "this instance is alone and sent no command: repeat it when the fleet is found",
            ),
            Self::Unconfirmed => {
                f.write_str("the command was sent but not confirmed: it is safe to repeat it")
            }
            Self::Full => f.write_str(
                "the group has 4,096 breakers and accepts no more: share fewer breakers",
            ),
            Self::Invalid(error) => write!(f, "the command was not sent: {error}"),
        }
    }
}

impl Error for CommandError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Invalid(error) => Some(error),
            Self::Alone | Self::Unconfirmed | Self::Full => None,
        }
    }
}

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        Self::Invalid(error)
    }
}
