//! The decision after a failed attempt, with time and random numbers as arguments.

use std::fmt;
use std::time::Duration;

use crate::config::{Mode, RetryConfig};
use crate::failure::{FailureKind, FailureKinds};
use crate::observe::Reason;

/// What is known of an attempt that failed.
#[derive(Clone, Copy)]
pub struct Failure<'e> {
    worth: Worth,
    kind: Option<FailureKind>,
    hint: Option<Duration>,
    error: Option<&'e dyn fmt::Display>,
}

/// Who says whether another attempt is worth it.
#[derive(Clone, Copy)]
enum Worth {
    /// The policy's `retry_on`.
    ByKind(FailureKind),
    /// The caller's predicate.
    Decided(bool),
    /// The deadline of the whole series: there is no time for another.
    OutOfTime,
}

impl<'e> Failure<'e> {
    #[inline]
    pub(crate) fn of_kind(
        kind: FailureKind,
        hint: Option<Duration>,
        error: Option<&'e dyn fmt::Display>,
    ) -> Self {
        Self { worth: Worth::ByKind(kind), kind: Some(kind), hint, error }
    }

    #[inline]
    pub(crate) fn decided(
        retry: bool,
        known: Option<(FailureKind, Option<Duration>)>,
        error: Option<&'e dyn fmt::Display>,
    ) -> Self {
        let (kind, hint) = known.map_or((None, None), |(kind, hint)| (Some(kind), hint));
        Self { worth: Worth::Decided(retry), kind, hint, error }
    }

    #[inline]
    pub(crate) fn out_of_time(error: Option<&'e dyn fmt::Display>) -> Self {
        let kind = Some(FailureKind::Timeout);
        Self { worth: Worth::OutOfTime, kind, hint: None, error }
    }

    /// With this hint instead of the error's own.
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
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Wait, then try again.
    Retry(Duration),
    /// Under `Mode::Observe`: `Enforce` would wait this long and try again.
    WouldRetry(Duration),
    /// End the series with this failure.
    GiveUp(Reason),
    /// Under `Mode::Off`: end it, and say nothing.
    Silent,
}

/// Decides after failed attempt `attempt` (from 1).
///
/// The order of the checks is part of the contract: the kind of failure, the number of attempts, the
/// hint, the deadline, and last the budget, so that no token is spent on a retry that can't happen. `left` is the time
/// until the deadline, if there is one; `withdraw` takes a token from the budget, if there is one of either; `random` gives
/// numbers from 0..=1.
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
    match policy.mode {
        Mode::Observe => Decision::WouldRetry(wait),
        Mode::Enforce | Mode::Off => {
            if withdraw() {
                Decision::Retry(wait)
            } else {
                Decision::GiveUp(Reason::BudgetExhausted)
            }
        }
    }
}

/// How the series ends, if it is plain without time and randomness that it does.
fn end(policy: &RetryConfig, failure: &Failure<'_>, attempt: u32) -> Option<Decision> {
    if policy.mode == Mode::Off {
        return Some(Decision::Silent);
    }
    if policy.violation().is_some() {
        return Some(Decision::GiveUp(Reason::InvalidPolicy));
    }
    if !failure.is_worth_retrying(policy.retry_on) {
        return Some(Decision::GiveUp(match failure.worth {
            Worth::OutOfTime => Reason::DeadlineExceeded,
            Worth::ByKind(_) | Worth::Decided(_) => Reason::NotRetryable,
        }));
    }
    (attempt >= policy.max_attempts).then_some(Decision::GiveUp(Reason::AttemptsExhausted))
}

impl Failure<'_> {
    fn is_worth_retrying(&self, retry_on: FailureKinds) -> bool {
        match self.worth {
            Worth::ByKind(kind) => retry_on.contains(kind),
            Worth::Decided(retry) => retry,
            Worth::OutOfTime => false,
        }
    }
}

#[cfg(test)]
mod tests;
