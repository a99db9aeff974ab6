//! The progress of a retry sequence, and the decision after a failed attempt. Time and random
//! numbers are arguments.

use std::error::Error;
use std::fmt::Display;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::config::{Mode, RetryConfig};
use crate::failure::{FailureKind, RetryHint, Retryable};
use crate::observe::{Excerpt, Reason};

/// A failed attempt: its classification, hint and error.
#[derive(Clone, Copy)]
pub struct Failure<'e> {
    worth: Worth,
    pub(crate) kind: Option<FailureKind>,
    hint: RetryHint,
    pub(crate) error: Option<Excerpt<'e>>,
    /// `true` if the caller is able to make another attempt.
    is_repeatable: bool,
}

/// The rule that decides whether the failure is worth another attempt.
#[derive(Clone, Copy)]
enum Worth {
    /// The policy's `retry_on`.
    ByKind,
    /// The same, for an error in which nothing is classified. Its kind is a default.
    ByDefaultKind,
    /// The caller's predicate.
    Decided(bool),
    /// The deadline of the whole sequence leaves no time for another attempt.
    OutOfTime,
}

impl<'e> Failure<'e> {
    /// Creates a classified failure.
    #[inline]
    #[must_use]
    pub fn of_kind(kind: FailureKind, hint: RetryHint, error: Option<Excerpt<'e>>) -> Self {
        Self { worth: Worth::ByKind, kind: Some(kind), hint, error, is_repeatable: true }
    }

    /// Creates a failure from an error's own classification.
    #[inline]
    pub(crate) fn of<E: Retryable + Display>(error: &'e E) -> Self {
        let text = Some(Excerpt::of_text(error));
        Self::of_kind(error.failure_kind(), error.retry_hint(), text)
            .opaque_if(|| error.__retry_utils_is_opaque())
            .with_causes(error.as_error())
    }

    /// Creates a failure with the result of the caller's predicate, and the known properties of its
    /// error.
    #[must_use]
    pub fn decided(
        retry: bool,
        known: Option<(FailureKind, RetryHint)>,
        error: Option<Excerpt<'e>>,
    ) -> Self {
        let (kind, hint) = known.unzip();
        let hint = hint.unwrap_or_default();
        Self { worth: Worth::Decided(retry), kind, hint, error, is_repeatable: true }
    }

    /// Creates the failure of a value that `retry_if_ok` retries.
    #[must_use]
    pub fn unsatisfied() -> Self {
        Self::decided(true, None, None)
    }

    /// Creates a failure, optionally with a kind, after which a retry was to follow.
    #[must_use]
    pub fn retried(kind: Option<FailureKind>, error: Option<Excerpt<'e>>) -> Self {
        Self::decided(true, kind.map(|kind| (kind, RetryHint::None)), error)
    }

    /// Returns the kind, if it has one.
    #[must_use]
    pub const fn kind(&self) -> Option<FailureKind> {
        self.kind
    }

    /// Creates the failure of an attempt that a timeout ended: `total_timeout`, or the attempt's
    /// own.
    #[must_use]
    pub fn timed_out(is_total: bool, error: Option<Excerpt<'e>>) -> Self {
        let worth = if is_total { Worth::OutOfTime } else { Worth::ByKind };
        Self { worth, ..Self::of_kind(FailureKind::Timeout, RetryHint::None, error) }
    }

    /// Records whether nothing in the error is classified. The function is called only for an error
    /// with the default kind.
    #[inline]
    #[must_use]
    pub fn opaque_if(self, is_opaque: impl FnOnce() -> bool) -> Self {
        if self.kind == Some(FailureKind::Permanent) && is_opaque() {
            return Self { worth: Worth::ByDefaultKind, ..self };
        }
        self
    }

    /// Adds the causes of the error, if it is available as an [`Error`].
    #[must_use]
    pub fn with_causes(self, error: Option<&'e (dyn Error + 'e)>) -> Self {
        Self { error: error.map(Excerpt::of_error).or(self.error), ..self }
    }

    /// Replaces the rule with the result of a predicate.
    pub(crate) fn judged(self, retry: bool) -> Self {
        Self { worth: Worth::Decided(retry), ..self }
    }

    /// Records whether the caller is able to make another attempt.
    pub(crate) fn repeatable_if(self, is_repeatable: bool) -> Self {
        Self { is_repeatable, ..self }
    }

    /// Replaces the wait that the error asks for. This changes only the length of the wait: an
    /// error that forbids another attempt still does.
    #[must_use]
    pub fn with_hint(self, hint: Option<Duration>) -> Self {
        let hint = if self.hint == RetryHint::Never { RetryHint::Never } else { hint.into() };
        Self { hint, ..self }
    }
}

/// The next step after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(unreachable_pub)] // Only the feature `simulation` exports it.
pub enum Decision {
    /// Another attempt, after this wait.
    Retry(Duration),
    /// No retry. With [`Mode::Enforce`], another attempt would follow after this wait.
    WouldRetry(Duration),
    /// The sequence ends, for this reason.
    GiveUp(Reason),
    /// The sequence ends: nothing in the error is classified, so it is not retried.
    Opaque,
    /// The sequence ends without a report, with [`Mode::Off`].
    Silent,
}

/// The progress of a retry sequence. It begins with the first attempt.
#[derive(Debug, Clone, Copy)]
#[allow(unreachable_pub)] // Only the feature `simulation` exports it.
pub struct Progress {
    pub(crate) attempt: NonZeroU32,
    /// The wait before the current attempt, if there was one.
    pub(crate) previous: Option<Duration>,
}

#[allow(unreachable_pub)]
impl Progress {
    pub(crate) const fn new() -> Self {
        Self { attempt: NonZeroU32::MIN, previous: None }
    }

    /// Returns the number of the current attempt, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt.get()
    }

    /// Makes the next attempt the current one, after this wait.
    #[inline]
    pub(crate) const fn advance(&mut self, wait: Duration) {
        *self = Self { attempt: self.attempt.saturating_add(1), previous: Some(wait) };
    }

    /// Decides what follows the failure of the current attempt. The policy must be valid.
    ///
    /// The order of the checks is part of the contract: the kind of failure, the number of
    /// attempts, the hint, the deadline, whether the caller is able to make another attempt, and
    /// finally the budget. The budget is last so that no token is spent on a retry that cannot
    /// happen. `left` is the time until the deadline, if there is one. `withdraw` takes a token
    /// from the budget, and returns `true` if there is no budget. `random` returns numbers from
    /// 0..=1.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as `Call::decide`")]
    pub(crate) fn decide(
        &self,
        policy: &RetryConfig,
        failure: &Failure<'_>,
        left: Option<Duration>,
        withdraw: impl FnOnce() -> bool,
        random: impl Fn() -> f64 + Copy,
    ) -> Decision {
        let attempt = self.attempt();
        if policy.mode == Mode::Off {
            return Decision::Silent;
        }
        let is_retried = match failure.worth {
            Worth::ByKind | Worth::ByDefaultKind => {
                failure.kind.is_some_and(|kind| policy.retry_on.contains(kind))
            }
            Worth::Decided(retry) => retry,
            Worth::OutOfTime => return Decision::GiveUp(Reason::DeadlineExceeded),
        };
        if !is_retried {
            let is_opaque = matches!(failure.worth, Worth::ByDefaultKind);
            let not_retried = Decision::GiveUp(Reason::NotRetryable);
            return if is_opaque { Decision::Opaque } else { not_retried };
        }
        if attempt >= policy.max_attempts {
            return Decision::GiveUp(Reason::AttemptsExhausted);
        }
        // With a base of zero the delay stays zero, unless a hint made the previous wait longer.
        let grows = !policy.base_delay.is_zero()
            || policy.backoff.is_some()
            || self.previous.is_some_and(|it| !it.is_zero());
        let mut wait = Duration::ZERO;
        if grows {
            wait = policy.law().delay(attempt, self.previous, random);
        }
        if failure.hint != RetryHint::None {
            wait = match hinted(policy, failure.hint, wait, left, random) {
                Ok(wait) => wait,
                Err(reason) => return Decision::GiveUp(reason),
            };
        }
        if left.is_some_and(|left| left.is_zero() || wait > left) {
            return Decision::GiveUp(Reason::DeadlineExceeded);
        }
        if !failure.is_repeatable {
            return Decision::GiveUp(Reason::NotRepeatable);
        }
        if policy.mode == Mode::Observe {
            return Decision::WouldRetry(wait);
        }
        if !withdraw() {
            return Decision::GiveUp(Reason::BudgetExhausted);
        }
        Decision::Retry(wait)
    }
}

/// Returns the wait that results from a delay and a hint, or the reason for which the hint ends the
/// sequence.
#[cold]
fn hinted(
    policy: &RetryConfig,
    hint: RetryHint,
    delay: Duration,
    left: Option<Duration>,
    random: impl FnOnce() -> f64,
) -> Result<Duration, Reason> {
    match hint {
        RetryHint::None => Ok(delay),
        RetryHint::AtLeast(hint) if hint > policy.max_retry_after => Err(Reason::RetryAfterTooLong),
        RetryHint::AtLeast(hint) => Ok(policy.law().at_least(delay, hint, random)),
        RetryHint::Soft(hint) => {
            let wait = policy.law().at_least(delay, hint.min(policy.max_delay), random);
            // A soft hint never ends a sequence. Without time for it, only the delay counts.
            let is_late = left.is_some_and(|left| wait > left);
            Ok(if is_late { delay } else { wait })
        }
        RetryHint::Never => Err(Reason::RetryForbidden),
    }
}

#[cfg(test)]
mod tests;
