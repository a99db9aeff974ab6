//! The events themselves.
//!
//! How they are shown is `#[inline]`: only a listener, or `tracing`, asks for it.

use std::error::Error;
use std::fmt::{self, Write};
use std::time::Duration;

use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;

/// Something that a retry series or a circuit breaker did.
///
/// Variants and their fields may be added: match with `..` and a wildcard arm.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An attempt failed and another will follow; emitted before the wait.
    #[non_exhaustive]
    RetryScheduled {
        /// The name of the annotated function.
        operation: &'a str,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// The policy's `max_attempts`.
        max_attempts: u32,
        /// The kind of failure; `None` where `retry_if` or `retry_if_ok` decided.
        kind: Option<FailureKind>,
        /// The wait that follows.
        delay: Duration,
        /// The error; `None` where a value was not good enough (`retry_if_ok`).
        error: Option<Excerpt<'a>>,
    },
    /// A series ended with a failure.
    #[non_exhaustive]
    GaveUp {
        /// The name of the annotated function.
        operation: &'a str,
        /// The last attempt, from 1.
        attempt: u32,
        /// The policy's `max_attempts`.
        max_attempts: u32,
        /// Why no other attempt follows.
        reason: Reason,
        /// The kind of failure; `None` where `retry_if` or `retry_if_ok` decided.
        kind: Option<FailureKind>,
        /// The error; `None` where a value was not good enough (`retry_if_ok`).
        error: Option<Excerpt<'a>>,
    },
    /// Under [`Mode::Observe`](crate::Mode::Observe): a retry that `Enforce` would have made.
    #[non_exhaustive]
    WouldRetry {
        /// The name of the annotated function.
        operation: &'a str,
        /// The attempt that failed: always 1, since no other follows.
        attempt: u32,
        /// The policy's `max_attempts`.
        max_attempts: u32,
        /// The kind of failure; `None` where `retry_if` or `retry_if_ok` decided.
        kind: Option<FailureKind>,
        /// The wait that would have followed.
        delay: Duration,
        /// The error; `None` where a value was not good enough (`retry_if_ok`).
        error: Option<Excerpt<'a>>,
    },
    /// A part of a policy is not used, since it breaks a rule. Reported once per operation.
    #[non_exhaustive]
    InvalidPolicy {
        /// The name of the annotated function.
        operation: &'a str,
        /// The field whose rule is broken. `budget`: the policy is an expression, which is evaluated
        /// after failures only, so that its budget would get no deposits. Write
        /// `#[async_retry(…, budget = …)]`.
        rule: &'static str,
    },
    /// A breaker changed its state.
    #[non_exhaustive]
    Transition {
        /// The breaker's name.
        breaker: &'a str,
        /// The state before.
        from: CircuitState,
        /// The state since.
        to: CircuitState,
        /// How many calls the change was decided on: those in the window, the failures in a row, or the probes
        /// with a verdict. 0 where time or an operator changed it, and so are the next two.
        calls: u64,
        /// How many of them failed.
        failures: u64,
        /// How many of them were slow; without a window, slow calls are among the failures.
        slow_calls: u64,
    },
    /// A breaker rejected a call.
    #[non_exhaustive]
    Rejected {
        /// The breaker's name.
        breaker: &'a str,
        /// How long until it lets a probe through, if it knows.
        retry_in: Option<Duration>,
    },
    /// Under [`Mode::Observe`](crate::Mode::Observe): a call that `Enforce` would have rejected.
    #[non_exhaustive]
    WouldReject {
        /// The breaker's name.
        breaker: &'a str,
        /// How long until it would let a probe through, if it knows.
        retry_in: Option<Duration>,
    },
    /// A breaker, or a set of breakers, works but could not be added to the [`registry`](crate::registry).
    #[non_exhaustive]
    NotListed {
        /// The breaker's name.
        breaker: &'a str,
        /// Why not.
        reason: NotListed,
    },
    /// A set of breakers is full of ones that must not go, and a new key got the shared breaker.
    ///
    /// Once, and again only after a new key has found a place in between.
    #[non_exhaustive]
    KeysExhausted {
        /// The name of the [`CircuitBreakers`](crate::CircuitBreakers).
        breakers: &'a str,
        /// Its `max_keys`.
        max_keys: u32,
    },
}

/// Why a series ended with a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The failure is of a kind that the policy does not retry.
    NotRetryable,
    /// `max_attempts` were made.
    AttemptsExhausted,
    /// The other side asked for a longer wait than `max_retry_after`.
    RetryAfterTooLong,
    /// The next wait would end past `total_timeout`, or the attempt was dropped at it.
    DeadlineExceeded,
    /// The policy breaks a rule of [`RetryConfig::check`](crate::RetryConfig::check).
    InvalidPolicy,
    /// Another attempt would have followed, and the [`RetryBudget`](crate::RetryBudget) had no token for it.
    BudgetExhausted,
}

impl Reason {
    /// The reason as log lines spell it: `attempts_exhausted`.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRetryable => "not_retryable",
            Self::AttemptsExhausted => "attempts_exhausted",
            Self::RetryAfterTooLong => "retry_after_too_long",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::InvalidPolicy => "invalid_policy",
            Self::BudgetExhausted => "budget_exhausted",
        }
    }
}

/// Why a breaker is not in the [`registry`](crate::registry). It works all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotListed {
    /// Another breaker of that name is.
    DuplicateName,
    /// The registry is full.
    Full,
}

impl NotListed {
    /// The reason as log lines spell it: `duplicate_name`.
    #[must_use]
    #[inline]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateName => "duplicate_name",
            Self::Full => "full",
        }
    }
}

macro_rules! display_as_str {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    )*};
}

display_as_str!(Reason, NotListed);

impl Error for NotListed {}

/// The text of an error, cut at 100 characters: enough for a log line, never a whole body.
///
/// The error is asked for no more than that, and if it fails to say it all, what it has said so far stands.
#[derive(Clone, Copy)]
pub struct Excerpt<'a>(&'a dyn fmt::Display);

impl<'a> Excerpt<'a> {
    const CHARACTERS: usize = 100;

    #[inline]
    pub(crate) fn new(error: &'a dyn fmt::Display) -> Self {
        Self(error)
    }
}

impl fmt::Display for Excerpt<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Cut<'a, 'f> {
            to: &'a mut fmt::Formatter<'f>,
            left: usize,
            /// How writing to the formatter went, since the error's own failures are to be told from it.
            result: fmt::Result,
        }

        impl Write for Cut<'_, '_> {
            #[inline]
            fn write_str(&mut self, text: &str) -> fmt::Result {
                let end = text.char_indices().nth(self.left).map_or(text.len(), |(at, _)| at);
                self.left -= text[..end].chars().count();
                self.result = self.result.and_then(|()| self.to.write_str(&text[..end]));
                // An error here is what keeps the rest from being made.
                if end == text.len() { self.result } else { Err(fmt::Error) }
            }
        }

        let mut cut = Cut { to: f, left: Self::CHARACTERS, result: Ok(()) };
        let _ = write!(cut, "{}", self.0);
        cut.result
    }
}

impl fmt::Debug for Excerpt<'_> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}
