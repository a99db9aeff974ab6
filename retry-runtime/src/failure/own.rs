//! The two errors that this crate makes itself.

use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroU64;
use std::time::Duration;

use super::{FailureKind, Retryable};
use crate::name::Name;

/// An attempt, or a whole series of attempts, took longer than its timeout and was dropped.
///
/// A function with `attempt_timeout` or `total_timeout` has an error type that is `From<TimedOut>`.
/// Its kind is [`FailureKind::Timeout`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedOut {
    limit: Duration,
    total: bool,
}

impl TimedOut {
    #[inline]
    pub(crate) const fn attempt(limit: Duration) -> Self {
        Self { limit, total: false }
    }

    #[inline]
    pub(crate) const fn total(limit: Duration) -> Self {
        Self { limit, total: true }
    }

    /// Returns the limit if it was `attempt_timeout`.
    #[cfg(any(feature = "tokio", feature = "smol"))]
    pub(crate) fn attempt_limit(&self) -> Option<Duration> {
        (!self.total).then_some(self.limit)
    }

    /// The timeout that ran out.
    #[must_use]
    #[inline]
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// Whether it was `total_timeout`, for all attempts together, rather than `attempt_timeout`.
    #[must_use]
    #[inline]
    pub const fn is_total(&self) -> bool {
        self.total
    }
}

impl fmt::Display for TimedOut {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.total { "all attempts together" } else { "the attempt" };
        write!(f, "timed out: {what} took longer than {:?}", self.limit)
    }
}

impl Error for TimedOut {}

impl Retryable for TimedOut {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Timeout
    }
}

/// A circuit breaker rejected the call; nothing was sent.
///
/// Its kind is [`FailureKind::CircuitOpen`], which no preset retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitOpen {
    name: Name,
    /// In nanoseconds, which take half the room of a `Duration` in the user's error.
    retry_in: Option<NonZeroU64>,
}

impl CircuitOpen {
    #[inline]
    pub(crate) const fn new(name: Name, retry_in: Option<NonZeroU64>) -> Self {
        Self { name, retry_in }
    }

    /// The name of the breaker that rejected the call.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// How long until the breaker lets a probe through.
    ///
    /// `None` when nobody knows: the breaker was forced open, or is half-open with every probe's
    /// permit taken.
    #[must_use]
    pub const fn retry_in(&self) -> Option<Duration> {
        match self.retry_in {
            Some(nanos) => Some(Duration::from_nanos(nanos.get())),
            None => None,
        }
    }
}

impl fmt::Display for CircuitOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circuit breaker `{}` is open", self.name())?;
        match self.retry_in() {
            // Whole milliseconds: finer than that nobody waits.
            Some(wait) => {
                write!(f, "; next probe in {:?}", Duration::from_millis(whole_millis(wait)))
            }
            None => Ok(()),
        }
    }
}

fn whole_millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

impl Error for CircuitOpen {}

impl Retryable for CircuitOpen {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        FailureKind::CircuitOpen
    }
}

/// Of the kind [`TimedOut`](io::ErrorKind::TimedOut), so that functions which return `io::Result` can have
/// timeouts.
impl From<TimedOut> for io::Error {
    #[inline]
    fn from(timed_out: TimedOut) -> Self {
        Self::new(io::ErrorKind::TimedOut, timed_out)
    }
}

/// Of the kind [`Other`](io::ErrorKind::Other); its classification is still that of the rejection.
impl From<CircuitOpen> for io::Error {
    #[inline]
    #[allow(clippy::io_other_error)] // `other` would be inlined in turn.
    fn from(open: CircuitOpen) -> Self {
        Self::new(io::ErrorKind::Other, open)
    }
}
