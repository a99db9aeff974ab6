//! Events that can be kept.

use std::fmt;
use std::time::Duration;

use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;
use crate::observe::{Event, NotListed, Reason};

/// An [`Event`] that a [`Recorder`](super::Recorder) keeps: the same variants and fields, owned.
///
/// Errors are text, cut at 100 characters as everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the variants and fields are those of `Event`")]
pub enum RecordedEvent {
    RetryScheduled {
        operation: String,
        attempt: u32,
        max_attempts: u32,
        kind: Option<FailureKind>,
        delay: Duration,
        error: Option<String>,
    },
    GaveUp {
        operation: String,
        attempt: u32,
        max_attempts: u32,
        reason: Reason,
        kind: Option<FailureKind>,
        error: Option<String>,
    },
    WouldRetry {
        operation: String,
        attempt: u32,
        max_attempts: u32,
        kind: Option<FailureKind>,
        delay: Duration,
        error: Option<String>,
    },
    InvalidPolicy {
        operation: String,
        rule: &'static str,
    },
    Transition {
        breaker: String,
        from: CircuitState,
        to: CircuitState,
        calls: u64,
        failures: u64,
        slow_calls: u64,
    },
    Rejected {
        breaker: String,
        retry_in: Option<Duration>,
    },
    WouldReject {
        breaker: String,
        retry_in: Option<Duration>,
    },
    NotListed {
        breaker: String,
        reason: NotListed,
    },
    KeysExhausted {
        breakers: String,
        max_keys: u32,
    },
}

impl RecordedEvent {
    /// The name of the function, of the breaker or of the set of breakers that it is about.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::RetryScheduled { operation, .. }
            | Self::GaveUp { operation, .. }
            | Self::WouldRetry { operation, .. }
            | Self::InvalidPolicy { operation, .. } => operation,
            Self::Transition { breaker, .. }
            | Self::Rejected { breaker, .. }
            | Self::WouldReject { breaker, .. }
            | Self::NotListed { breaker, .. } => breaker,
            Self::KeysExhausted { breakers, .. } => breakers,
        }
    }
}

impl From<&Event<'_>> for RecordedEvent {
    // No wildcard: a new event must be recorded too.
    fn from(event: &Event<'_>) -> Self {
        match *event {
            Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, error } => {
                Self::RetryScheduled {
                    operation: operation.to_owned(),
                    attempt,
                    max_attempts,
                    kind,
                    delay,
                    error: error.map(|error| error.to_string()),
                }
            }
            Event::GaveUp { operation, attempt, max_attempts, reason, kind, error } => {
                Self::GaveUp {
                    operation: operation.to_owned(),
                    attempt,
                    max_attempts,
                    reason,
                    kind,
                    error: error.map(|error| error.to_string()),
                }
            }
            Event::WouldRetry { operation, attempt, max_attempts, kind, delay, error } => {
                Self::WouldRetry {
                    operation: operation.to_owned(),
                    attempt,
                    max_attempts,
                    kind,
                    delay,
                    error: error.map(|error| error.to_string()),
                }
            }
            Event::InvalidPolicy { operation, rule } => {
                Self::InvalidPolicy { operation: operation.to_owned(), rule }
            }
            Event::Transition { breaker, from, to, calls, failures, slow_calls } => {
                let breaker = breaker.to_owned();
                Self::Transition { breaker, from, to, calls, failures, slow_calls }
            }
            Event::Rejected { breaker, retry_in } => {
                Self::Rejected { breaker: breaker.to_owned(), retry_in }
            }
            Event::WouldReject { breaker, retry_in } => {
                Self::WouldReject { breaker: breaker.to_owned(), retry_in }
            }
            Event::NotListed { breaker, reason } => {
                Self::NotListed { breaker: breaker.to_owned(), reason }
            }
            Event::KeysExhausted { breakers, max_keys } => {
                Self::KeysExhausted { breakers: breakers.to_owned(), max_keys }
            }
        }
    }
}

/// On one line, as the messages of failed assertions list them.
impl fmt::Display for RecordedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::RetryScheduled { attempt, max_attempts, kind, delay, error, .. } => {
                write!(f, "{name}: attempt {attempt} of {max_attempts} failed")?;
                failure(f, *kind, error.as_deref())?;
                write!(f, ", the next in {delay:?}")
            }
            Self::GaveUp { attempt, max_attempts, reason, kind, error, .. } => {
                write!(f, "{name}: gave up after attempt {attempt} of {max_attempts}: {reason}")?;
                failure(f, *kind, error.as_deref())
            }
            Self::WouldRetry { max_attempts, kind, delay, error, .. } => {
                write!(f, "{name}: would retry in {delay:?}, {max_attempts} attempts in all")?;
                failure(f, *kind, error.as_deref())
            }
            Self::InvalidPolicy { rule, .. } => write!(f, "{name}: invalid policy: {rule}"),
            Self::Transition { from, to, .. } => write!(f, "{name}: {from} to {to}"),
            Self::Rejected { retry_in, .. } => write!(f, "{name}: rejected{}", Until(*retry_in)),
            Self::WouldReject { retry_in, .. } => {
                write!(f, "{name}: would reject{}", Until(*retry_in))
            }
            Self::NotListed { reason, .. } => write!(f, "{name}: not listed: {reason}"),
            Self::KeysExhausted { max_keys, .. } => {
                write!(f, "{name}: all {max_keys} keys are taken")
            }
        }
    }
}

fn failure(
    f: &mut fmt::Formatter<'_>,
    kind: Option<FailureKind>,
    error: Option<&str>,
) -> fmt::Result {
    match (kind, error) {
        (Some(kind), Some(error)) => write!(f, " ({kind}: {error})"),
        (Some(kind), None) => write!(f, " ({kind})"),
        (None, Some(error)) => write!(f, " ({error})"),
        (None, None) => Ok(()),
    }
}

struct Until(Option<Duration>);

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |wait| write!(f, " for {wait:?}"))
    }
}
