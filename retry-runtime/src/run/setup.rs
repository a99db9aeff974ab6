//! The setup of a [`Run`](super::Run): the configuration from its setters, and the state of its
//! attempts.
//!
//! It has its own policy and sequence. With pointers to those of the run, even a run without
//! setters would have to live in memory.

use std::mem::{self, ManuallyDrop};
use std::task::{Context, Poll, ready};

use super::Judge;
use super::pause::Pause;
use super::rules::Rules;
use super::timeouts::Timeouts;
use crate::config::RetryConfig;
use crate::series::{self, Call, Sequence, Wait};
use crate::session::Failure;
use crate::timeout::within_attempt;

pub(super) struct Setup<'h, T, E> {
    policy: RetryConfig,
    series: Sequence,
    wait: Wait,
    pub(super) rules: Rules<'h, T, E>,
    pub(super) timeouts: Option<Timeouts<E>>,
    pub(super) pause: Option<Pause<'h, T, E>>,
}

/// The sequence of a run without setters, and the setup of one with setters.
///
/// Its drop is one inline check and one out-of-line call. With two calls, the compiler would call a
/// function with the address of the run, which would keep it in memory.
pub(super) struct Held<'h, T, E> {
    pub(super) series: Sequence,
    pub(super) wait: ManuallyDrop<Wait>,
    pub(super) setup: ManuallyDrop<Option<Box<Setup<'h, T, E>>>>,
}

impl<T, E> Held<'_, T, E> {
    pub(super) const fn new() -> Self {
        Self {
            series: Sequence::new(),
            wait: ManuallyDrop::new(Wait::OVER),
            setup: ManuallyDrop::new(None),
        }
    }
}

impl<T, E> Drop for Held<'_, T, E> {
    #[inline]
    fn drop(&mut self) {
        if !self.wait.is_over() || self.setup.is_some() {
            drop_held(mem::replace(&mut *self.wait, Wait::OVER), self.setup.take());
        }
    }
}

#[cold]
#[inline(never)]
fn drop_held<T, E>(wait: Wait, setup: Option<Box<Setup<'_, T, E>>>) {
    drop(wait);
    drop(setup);
}

impl<T, E> Setup<'_, T, E> {
    pub(super) fn new(
        policy: RetryConfig,
        series: Sequence,
        wait: Wait,
        default_name: &'static str,
    ) -> Self {
        let rules = Rules::named(default_name);
        Self { policy, series, wait, rules, timeouts: None, pause: None }
    }

    /// Begins the sequence, and makes its deposit in the budget.
    #[cold]
    pub(super) fn begin(&mut self) {
        _ = series::begin(self.rules.budget.or(self.policy.budget));
        if let Some(timeouts) = &mut self.timeouts {
            timeouts.begin();
        }
    }

    /// Makes an attempt and starts its time.
    pub(super) fn attempt<A>(&mut self, attempt: impl FnOnce() -> A) -> A {
        if let Some(timeouts) = &mut self.timeouts {
            timeouts.start();
        }
        within_attempt(self.has_attempt_timeout(), attempt)
    }

    pub(super) fn has_attempt_timeout(&self) -> bool {
        self.timeouts.as_ref().is_some_and(|timeouts| timeouts.attempt.is_some())
    }

    /// Waits until the time of the running attempt is up. Returns the result of
    /// [`after`](Self::after).
    pub(super) fn poll_timeouts<J: Judge<E>>(
        &mut self,
        drop_attempt: impl FnOnce(),
        is_repeatable: bool,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, E>>> {
        let Some(timeouts) = &mut self.timeouts else { return Poll::Pending };
        let (error, is_total) = ready!(timeouts.poll(drop_attempt, context));
        Poll::Ready(self.after::<J>(Err(error), Some(is_total), is_repeatable))
    }

    /// Returns the outcome if the sequence ends with it, or otherwise stores what the pause needs
    /// of it. `is_total` is set if a timeout ended the attempt. `is_repeatable` tells whether
    /// another attempt is possible.
    pub(super) fn after<J: Judge<E>>(
        &mut self,
        outcome: Result<T, E>,
        is_total: Option<bool>,
        is_repeatable: bool,
    ) -> Option<Result<T, E>> {
        if let Some(timeouts) = &mut self.timeouts {
            timeouts.stop();
        }
        let failure = match (&outcome, is_total) {
            (Err(error), Some(is_total)) => {
                Some(Failure::timed_out(is_total, Some(J::shown(error))))
            }
            _ => self.rules.failure::<J>(&outcome),
        };
        let Some(failure) = failure else { return Some(outcome) };
        let failure = failure.repeatable_if(is_repeatable);
        let deadline = self.timeouts.as_ref().and_then(Timeouts::deadline);
        if !self.series.failed_call(self.rules.call(&self.policy, deadline), failure) {
            return Some(outcome);
        }
        if let Some(pause) = &mut self.pause {
            let kind = failure.kind;
            pause.begin(outcome, kind);
        }
        None
    }

    /// Waits for the next attempt. Returns the outcome if the sequence ends before it.
    pub(super) fn poll_pause<J: Judge<E>>(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, E>>> {
        let Some(pause) = &mut self.pause else {
            ready!(self.wait.poll_kept(&self.series, context));
            let timeouts = self.timeouts.as_ref();
            let late = timeouts.and_then(|timeouts| timeouts.late(&mut self.series));
            return Poll::Ready(
                late.and_then(|error| self.after::<J>(Err(error), Some(true), true)),
            );
        };
        let timeouts = self.timeouts.as_mut();
        let Some(reason) = ready!(pause.poll(&self.series, &mut self.wait, timeouts, context))
        else {
            return Poll::Ready(None);
        };
        let (outcome, kind) = pause.end();
        let error = outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        let failure = Failure::retried(kind, error.map(J::shown));
        self.series.ended(Call::new(&self.policy, &self.rules.name), failure, reason);
        Poll::Ready(outcome)
    }
}
