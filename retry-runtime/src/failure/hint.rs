//! The hints of errors about the next attempt.

use std::time::Duration;

/// An error's hint about the next attempt: the wait before it, or that there must be none.
///
/// | hint | effect | example |
/// |---|---|---|
/// | `None` | only the backoff decides | |
/// | `AtLeast(d)` | waits at least `d`, plus jitter; a `d` above the policy's [`max_retry_after`](crate::RetryConfig::max_retry_after) or past `total_timeout` ends the retry sequence | `Retry-After: 120` |
/// | `Soft(d)` | waits at least `d` or the policy's [`max_delay`](crate::RetryConfig::max_delay), whichever is shorter, plus jitter; never ends the sequence, and is ignored if `total_timeout` leaves no time for it | the time until a quota is full again |
/// | `Never` | ends the sequence; the kind stays, so a circuit breaker counts the failure; `retry_if` and the key `retry_after` cannot override it | `x-should-retry: false` |
///
/// Returned by [`Retryable::retry_hint`](crate::Retryable::retry_hint). Default: `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryHint {
    /// No hint.
    #[default]
    None,
    /// The shortest wait before another attempt.
    AtLeast(Duration),
    /// A wait after which another attempt will succeed. An earlier attempt may succeed too.
    Soft(Duration),
    /// The server does not want another attempt.
    Never,
}

impl RetryHint {
    /// Returns the duration of `AtLeast` and `Soft`.
    #[inline]
    #[must_use]
    pub const fn duration(self) -> Option<Duration> {
        match self {
            Self::AtLeast(wait) | Self::Soft(wait) => Some(wait),
            Self::None | Self::Never => None,
        }
    }
}

/// A hint such as [`Retryable::retry_after`](crate::Retryable::retry_after): `AtLeast`, or `None`.
impl From<Option<Duration>> for RetryHint {
    #[inline]
    fn from(wait: Option<Duration>) -> Self {
        wait.map_or(Self::None, Self::AtLeast)
    }
}
