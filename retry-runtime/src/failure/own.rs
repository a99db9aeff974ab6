//! The two errors that this crate creates.

use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroU64;
use std::time::Duration;

use super::{FailureKind, Retryable};
use crate::name::{Escaped, Name};

/// A timeout: an attempt, or all attempts of a call together, took too long and were dropped.
///
/// A function with `attempt_timeout` or `total_timeout` needs an error type that is
/// `From<TimedOut>`. The kind is [`FailureKind::Timeout`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedOut {
    limit: Duration,
    total: bool,
}

impl TimedOut {
    pub(crate) const fn attempt(limit: Duration) -> Self {
        Self { limit, total: false }
    }

    pub(crate) const fn total(limit: Duration) -> Self {
        Self { limit, total: true }
    }

    /// Returns the timeout that expired.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }

    /// Returns whether it was `total_timeout`, for all attempts together, rather than
    /// `attempt_timeout`.
    #[must_use]
    pub const fn is_total(&self) -> bool {
        self.total
    }
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.total { "all attempts together" } else { "the attempt" };
        write!(f, "timed out: {what} took longer than {:?}", self.limit)
    }
}

impl Error for TimedOut {}

impl Retryable for TimedOut {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Timeout
    }
}

/// A rejection by a circuit breaker. Nothing was sent.
///
/// The kind is [`FailureKind::CircuitOpen`], which no preset retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitOpen {
    name: Name,
    /// In nanoseconds: a `Duration` would double the size in the user's error.
    retry_in: Option<NonZeroU64>,
}

impl CircuitOpen {
    #[inline] // Each rejected call makes one.
    pub(crate) const fn new(name: Name, retry_in: Option<NonZeroU64>) -> Self {
        Self { name, retry_in }
    }

    /// Returns the name of the breaker that rejected the call.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the time until the breaker admits a probe.
    ///
    /// `None` if that is unknown: the breaker was forced open, or it is half-open and all probe
    /// permits are taken.
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
        write!(f, "circuit breaker `{}` is open", Escaped(self.name()))?;
        let Some(nanos) = self.retry_in else { return Ok(()) };
        // Whole milliseconds are precise enough to read.
        let wait = Duration::from_millis(nanos.get().div_ceil(1_000_000));
        write!(f, "; next probe in {wait:?}")
    }
}

impl Error for CircuitOpen {}

impl Retryable for CircuitOpen {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::CircuitOpen
    }
}

/// The kind is [`TimedOut`](io::ErrorKind::TimedOut). Functions that return `io::Result` can
/// therefore have timeouts.
impl From<TimedOut> for io::Error {
    fn from(timed_out: TimedOut) -> Self {
        Self::new(io::ErrorKind::TimedOut, timed_out)
    }
}

/// The kind is [`Other`](io::ErrorKind::Other). The error is still classified as the rejection.
impl From<CircuitOpen> for io::Error {
    fn from(open: CircuitOpen) -> Self {
        Self::other(open)
    }
}

/// Std has no conversion into this type.
impl From<TimedOut> for Box<dyn Error + Send> {
    fn from(timed_out: TimedOut) -> Self {
        Box::new(timed_out)
    }
}

/// Std has no conversion into this type.
impl From<CircuitOpen> for Box<dyn Error + Send> {
    fn from(open: CircuitOpen) -> Self {
        Box::new(open)
    }
}
