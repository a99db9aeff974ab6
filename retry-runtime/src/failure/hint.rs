//! When the other side wants to be asked again.

use std::time::Duration;

/// How an error limits the wait before the next attempt.
///
/// | hint | effect | such as |
/// |---|---|---|
/// | `None` | the backoff alone decides | |
/// | `AtLeast(d)` | waits at least `d`, with jitter on top; a `d` above the policy's [`max_retry_after`](crate::RetryConfig::max_retry_after) ends the retry sequence | `Retry-After: 120` |
/// | `Soft(d)` | waits at least `d` or the policy's [`max_delay`](crate::RetryConfig::max_delay), whichever is shorter, with jitter on top; never ends the sequence, and is ignored if `total_timeout` leaves no time for it | the time until a quota is full again |
/// | `Never` | ends the sequence; the kind stays, so a circuit breaker counts the failure; `retry_if` and the key `retry_after` cannot overrule it | `x-should-retry: false` |
///
/// Returned by [`Retryable::retry_hint`](crate::Retryable::retry_hint). Default: `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryHint {
    /// No hint.
    #[default]
    None,
    /// The earliest time for another attempt.
    AtLeast(Duration),
    /// A time by which another attempt will succeed. An earlier one may succeed too.
    Soft(Duration),
    /// Another attempt is not wanted.
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
