//! The decision after a failed attempt, with time and random numbers as arguments.

use std::fmt;
use std::time::Duration;

use crate::config::{Mode, RetryConfig};
use crate::failure::FailureKind;
use crate::observe::Reason;

/// A failed attempt: its classification, hint and error.
///
/// The constructors are `#[inline]` because generated code calls them, and they only move values.
#[derive(Clone, Copy)]
pub struct Failure<'e> {
    worth: Worth,
    kind: Option<FailureKind>,
    hint: Option<Duration>,
    error: Option<&'e dyn fmt::Display>,
}

/// The rule that decides whether another attempt is worth it.
#[derive(Clone, Copy)]
enum Worth {
    /// The policy's `retry_on`.
    ByKind,
    /// The caller's predicate.
    Decided(bool),
    /// The deadline of the whole sequence: there is no time for another.
    OutOfTime,
}

impl<'e> Failure<'e> {
    /// A failure that is classified.
    #[inline]
    #[must_use]
    pub fn of_kind(
        kind: FailureKind,
        hint: Option<Duration>,
        error: Option<&'e dyn fmt::Display>,
    ) -> Self {
        Self { worth: Worth::ByKind, kind: Some(kind), hint, error }
    }

    /// A failure that the caller's predicate has judged, with what is known of its error.
    #[inline]
    #[must_use]
    pub fn decided(
        retry: bool,
        known: Option<(FailureKind, Option<Duration>)>,
        error: Option<&'e dyn fmt::Display>,
    ) -> Self {
        let (kind, hint) = known.unzip();
        Self { worth: Worth::Decided(retry), kind, hint: hint.flatten(), error }
    }

    /// A value that is not good enough.
    #[inline]
    #[must_use]
    pub fn unsatisfied() -> Self {
        Self::decided(true, None, None)
    }

    /// An attempt that a timeout ended: `total_timeout`, or its own.
    #[inline]
    #[must_use]
    pub fn timed_out(is_total: bool, error: Option<&'e dyn fmt::Display>) -> Self {
        if is_total {
            Self::out_of_time(error)
        } else {
            Self::of_kind(FailureKind::Timeout, None, error)
        }
    }

    #[inline]
    fn out_of_time(error: Option<&'e dyn fmt::Display>) -> Self {
        Self { worth: Worth::OutOfTime, ..Self::of_kind(FailureKind::Timeout, None, error) }
    }

    /// Replaces the error's own hint.
    #[must_use]
    pub fn with_hint(self, hint: Option<Duration>) -> Self {
        Self { hint, ..self }
    }

    pub(crate) const fn kind(&self) -> Option<FailureKind> {
        self.kind
    }

    pub(crate) const fn error(&self) -> Option<&'e dyn fmt::Display> {
        self.error
    }

    /// Returns why no other attempt is worth it, if so.
    fn end(&self, policy: &RetryConfig) -> Option<Reason> {
        let is_retried = match self.worth {
            Worth::ByKind => self.kind.is_some_and(|kind| policy.retry_on.contains(kind)),
            Worth::Decided(retry) => retry,
            Worth::OutOfTime => return Some(Reason::DeadlineExceeded),
        };
        (!is_retried).then_some(Reason::NotRetryable)
    }
}

/// The next step after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(unreachable_pub)] // Only the feature `simulation` exports it.
pub enum Decision {
    /// Another attempt, after this wait.
    Retry(Duration),
    /// Nothing. Under [`Mode::Enforce`] another attempt would follow after this wait.
    WouldRetry(Duration),
    /// The end, for this reason.
    GiveUp(Reason),
    /// The end, under [`Mode::Off`].
    Silent,
}

/// Decides after failed attempt `attempt` (from 1).
///
/// The order of the checks is part of the contract: the kind of failure, the number of attempts,
/// the hint, the deadline, and last the budget, so that no token is spent on a retry that cannot
/// happen. `left` is the time until the deadline, if there is one. `withdraw` takes a token from
/// the budget and succeeds without one. `random` returns numbers from 0..=1.
pub(crate) fn decide(
    policy: &RetryConfig,
    failure: &Failure<'_>,
    attempt: u32,
    previous: Option<Duration>,
    left: Option<Duration>,
    withdraw: impl FnOnce() -> bool,
    random: impl Fn() -> f64 + Copy,
) -> Decision {
    if let Some(end) = end(policy, failure, attempt) {
        return end;
    }
    let mut wait = policy.law().delay(attempt, previous, random);
    if let Some(hint) = failure.hint {
        if hint > policy.max_retry_after {
            return Decision::GiveUp(Reason::RetryAfterTooLong);
        }
        wait = policy.law().at_least(wait, hint, random);
    }
    if left.is_some_and(|left| left.is_zero() || wait > left) {
        return Decision::GiveUp(Reason::DeadlineExceeded);
    }
    if policy.mode == Mode::Observe {
        return Decision::WouldRetry(wait);
    }
    if withdraw() { Decision::Retry(wait) } else { Decision::GiveUp(Reason::BudgetExhausted) }
}

/// Returns how the sequence ends, if neither time nor randomness can change that.
fn end(policy: &RetryConfig, failure: &Failure<'_>, attempt: u32) -> Option<Decision> {
    if policy.mode == Mode::Off {
        return Some(Decision::Silent);
    }
    if policy.violation().is_some() {
        return Some(Decision::GiveUp(Reason::InvalidPolicy));
    }
    let exhausted = || (attempt >= policy.max_attempts).then_some(Reason::AttemptsExhausted);
    failure.end(policy).or_else(exhausted).map(Decision::GiveUp)
}

#[cfg(test)]
mod tests;
