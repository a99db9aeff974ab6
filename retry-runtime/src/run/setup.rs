//! What the setters of [`Run`](super::Run) say, and what is held of it while the run is under way.

use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::Judge;
use super::pause::Pause;
use super::rules::Rules;
use crate::config::RetryConfig;
use crate::failure::TimedOut;
use crate::series::{Call, Sequence};
use crate::session::{Failure, Progress};
use crate::timeout::{Countdown, Deadline, within_attempt};

pub(super) struct Setup<'h, T, E> {
    policy: RetryConfig,
    series: Sequence,
    pub(super) rules: Rules<'h, T, E>,
    pub(super) attempt_timeout: Option<Duration>,
    pub(super) total_timeout: Option<Duration>,
    /// Makes the caller's error of a timeout.
    pub(super) timed_out: Option<fn(TimedOut) -> E>,
    pub(super) pause: Option<Pause<'h, T, E>>,
    deadline: Option<Deadline>,
    /// The time until the running attempt, or `before_retry`, has to end.
    pub(super) countdown: Pin<Box<Option<Countdown>>>,
}

/// The sequence of a run without setters, and the setup of one with some.
///
/// Dropping it is one inline check with one call out of line. If it were two, the compiler would
/// call a function with the address of the run, which would keep it in memory.
pub(super) struct Held<'h, T, E> {
    pub(super) series: ManuallyDrop<Sequence>,
    pub(super) setup: ManuallyDrop<Option<Box<Setup<'h, T, E>>>>,
}

impl<T, E> Held<'_, T, E> {
    pub(super) const fn new() -> Self {
        Self { series: ManuallyDrop::new(Sequence::new()), setup: ManuallyDrop::new(None) }
    }
}

impl<T, E> Drop for Held<'_, T, E> {
    #[inline]
    fn drop(&mut self) {
        if self.series.has_timer() || self.setup.is_some() {
            drop_held(mem::replace(&mut *self.series, Sequence::new()), self.setup.take());
        }
    }
}

#[cold]
#[inline(never)]
fn drop_held<T, E>(series: Sequence, setup: Option<Box<Setup<'_, T, E>>>) {
    drop(series);
    drop(setup);
}

impl<T, E> Setup<'_, T, E> {
    pub(super) fn new(policy: RetryConfig, default_name: &'static str) -> Self {
        Self {
            policy,
            series: Sequence::new(),
            rules: Rules::named(default_name),
            attempt_timeout: None,
            total_timeout: None,
            timed_out: None,
            pause: None,
            deadline: None,
            countdown: Box::pin(None),
        }
    }

    /// Begins the sequence, which makes a deposit in its budget.
    #[cold]
    pub(super) fn begin(&mut self) {
        _ = Progress::begin(self.rules.budget.or(self.policy.budget));
        self.deadline = Deadline::within(self.total_timeout);
    }

    /// Makes an attempt, whose time starts.
    pub(super) fn attempt<A>(&mut self, attempt: impl FnOnce() -> A) -> A {
        self.countdown.set(Countdown::nearest(self.attempt_timeout, self.deadline.as_ref()));
        within_attempt(self.attempt_timeout.is_some(), attempt)
    }

    /// Returns the outcome if the sequence ends with it, and else keeps what the pause needs of it.
    pub(super) fn after<J: Judge<E>>(
        &mut self,
        polled: Result<Result<T, E>, TimedOut>,
    ) -> Option<Result<T, E>> {
        // Else it would wake the task while it waits for the next attempt.
        self.countdown.set(None);
        let (outcome, is_total) = match (polled, self.timed_out) {
            (Ok(outcome), _) => (outcome, None),
            (Err(timed_out), Some(convert)) => {
                let is_total = timed_out.is_total();
                (Err(convert(timed_out)), Some(is_total))
            }
            (Err(_), None) => unreachable!("each setter of a timeout sets the conversion"),
        };
        let failure = match (&outcome, is_total) {
            (Err(error), Some(is_total)) => {
                Some(Failure::timed_out(is_total, J::failure(error).error))
            }
            _ => self.rules.failure::<J>(&outcome),
        };
        let Some(failure) = failure else { return Some(outcome) };
        let deadline = self.deadline.as_ref();
        if !self.series.failed_call(self.rules.call(&self.policy, deadline), failure) {
            return Some(outcome);
        }
        if let Some(pause) = &mut self.pause {
            let kind = failure.kind;
            self.countdown.set(pause.begin(outcome, kind, deadline));
        }
        None
    }

    /// Waits for the next attempt. Returns the outcome if the sequence ends in the meantime.
    pub(super) fn poll_pause<J: Judge<E>>(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, E>>> {
        let Some(pause) = &mut self.pause else {
            return Pin::new(&mut self.series.wait()).poll(context).map(|()| None);
        };
        let (countdown, deadline) = (self.countdown.as_mut(), self.deadline.as_ref());
        let Some(reason) = ready!(pause.poll(&mut self.series, countdown, deadline, context))
        else {
            return Poll::Ready(None);
        };
        let (outcome, kind) = pause.end();
        let mut failure = match &outcome {
            Some(Err(error)) => J::failure(error),
            _ => Failure::unsatisfied(),
        };
        failure.kind = kind;
        // The attempt that was to follow was counted already.
        let attempt = self.series.attempt() - 1;
        Call::new(&self.policy, &self.rules.name).ended(attempt, &failure, reason);
        Poll::Ready(outcome)
    }
}
