//! How far a sequence has come, and what follows a failure.

use std::num::NonZeroU32;
use std::time::Duration;

use super::{Call, Deadline};
use crate::budget::RetryBudget;
use crate::config::{RetryConfig, overrides};
use crate::observe;
use crate::random;
use crate::session::{Decision, Failure, decide};

/// How far a sequence has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(super) attempt: NonZeroU32,
    /// The wait before the current attempt, if there was one.
    pub(super) previous: Option<Duration>,
}

impl Progress {
    /// The first attempt of a sequence.
    pub(crate) const FIRST: Self = Self { attempt: NonZeroU32::MIN, previous: None };

    /// Begins a sequence, which makes a deposit in its budget.
    #[inline]
    pub(crate) fn begin(budget: Option<&RetryBudget>) -> Self {
        if let Some(budget) = budget {
            budget.deposit();
        }
        Self::FIRST
    }

    /// The number of the current attempt, from 1.
    pub(crate) const fn attempt(&self) -> u32 {
        self.attempt.get()
    }

    /// Decides what follows the failure of the current attempt, and reports it. Returns the wait
    /// before the next attempt, which is the current one from then on.
    pub(crate) fn after(&mut self, call: &mut Call<'_>, failure: &Failure<'_>) -> Option<Duration> {
        let attempt = self.attempt();
        let left = call.deadline.map(Deadline::left);
        let changed = overrides::in_effect(call.policy, call.operation);
        let policy = changed.as_ref().unwrap_or(call.policy);
        let decision = self.decide(policy, failure, left, || call.try_withdraw(), random::unit);
        if call.hook.is_some() || observe::listening() {
            call.report(policy.max_attempts, attempt, failure, decision);
        }
        match decision {
            Decision::Retry(wait) => Some(wait),
            Decision::WouldRetry(_) | Decision::GiveUp(_) | Decision::Silent => None,
        }
    }

    /// The decision alone, with the rest as arguments: the time `left` until the deadline, what
    /// takes a token from the budget, and random numbers from 0..=1.
    pub(crate) fn decide(
        &mut self,
        policy: &RetryConfig,
        failure: &Failure<'_>,
        left: Option<Duration>,
        withdraw: impl FnOnce() -> bool,
        random: impl Fn() -> f64 + Copy,
    ) -> Decision {
        let decision =
            decide(policy, failure, self.attempt(), self.previous, left, withdraw, random);
        if let Decision::Retry(wait) = decision {
            // At the last number there is it stays: no policy allows more attempts than that.
            self.attempt = self.attempt.saturating_add(1);
            self.previous = Some(wait);
        }
        decision
    }
}
