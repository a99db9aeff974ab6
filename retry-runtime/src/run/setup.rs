//! What the setters of [`Run`](super::Run) say. It is boxed: a run without setters holds a null
//! pointer for it.
//!
//! It has a policy and a sequence of its own. Pointers to those of the run would keep a run in
//! memory that has no setters and whose first attempt succeeds.

use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::Judge;
use super::pause::Pause;
use super::rules::{Rules, failure};
use crate::config::RetryConfig;
use crate::failure::TimedOut;
use crate::series::{Call, Deadline, Limits, Progress, Sequence};
use crate::session::Failure;
use crate::timeout::{Countdown, TimedAttempt};

pin_project! {
    /// What the setters say, and what is held of it while the run is under way.
    #[project = Fields]
    pub(super) struct Setup<'h, T, E> {
        pub(super) policy: RetryConfig,
        pub(super) series: Sequence,
        pub(super) rules: Rules<'h, T, E>,
        pub(super) attempt_timeout: Option<Duration>,
        pub(super) total_timeout: Option<Duration>,
        // Makes the caller's error of a timeout.
        pub(super) timed_out: Option<fn(TimedOut) -> E>,
        pub(super) deadline: Option<Deadline>,
        // The time until the running attempt, or `before_retry`, has to end.
        #[pin]
        pub(super) countdown: Option<Countdown>,
        pub(super) pause: Option<Pause<'h, T, E>>,
    }
}

/// A timeout that has ended an attempt.
pub(super) struct Expired<E> {
    pub(super) timed_out: TimedOut,
    /// Makes the caller's error of it, after the attempt was dropped.
    pub(super) convert: fn(TimedOut) -> E,
    /// The attempt, if it was the `attempt_timeout`.
    pub(super) attempt: Option<TimedAttempt>,
}

type BoxedSetup<'h, T, E> = Pin<Box<Setup<'h, T, E>>>;

/// The sequence of a run without setters, and the setup of one with some.
///
/// Dropping it is one inline check with one call out of line. If it were two, the compiler would
/// call a function with the address of the run, which would keep it in memory.
pub(super) struct Held<'h, T, E> {
    pub(super) policy: RetryConfig,
    pub(super) series: ManuallyDrop<Sequence>,
    setup: ManuallyDrop<Option<BoxedSetup<'h, T, E>>>,
}

impl<'h, T, E> Held<'h, T, E> {
    pub(super) const fn new(policy: RetryConfig) -> Self {
        let setup = ManuallyDrop::new(None);
        Self { policy, series: ManuallyDrop::new(Sequence::new()), setup }
    }

    #[inline]
    pub(super) fn setup(&mut self) -> Option<Pin<&mut Setup<'h, T, E>>> {
        self.setup.as_mut().map(Pin::as_mut)
    }

    pub(super) fn setup_or_new(&mut self, default_name: &'static str) -> Fields<'_, 'h, T, E> {
        let series = &mut *self.series;
        let new = || {
            let series = mem::replace(series, Sequence::new());
            Box::pin(Setup::new(self.policy.copied(), series, default_name))
        };
        self.setup.get_or_insert_with(new).as_mut().project()
    }
}

impl<T, E> Drop for Held<'_, T, E> {
    #[inline]
    fn drop(&mut self) {
        if self.series.has_timer() || self.setup.is_some() {
            let series = mem::replace(&mut *self.series, Sequence::new());
            drop_held(series, self.setup.take());
        }
    }
}

#[cold]
#[inline(never)]
fn drop_held<T, E>(series: Sequence, setup: Option<BoxedSetup<'_, T, E>>) {
    drop(series);
    drop(setup);
}

impl<T, E> Setup<'_, T, E> {
    fn new(policy: RetryConfig, series: Sequence, default_name: &'static str) -> Self {
        Self {
            policy,
            series,
            rules: Rules::named(default_name),
            attempt_timeout: None,
            total_timeout: None,
            timed_out: None,
            deadline: None,
            countdown: None,
            pause: None,
        }
    }

    /// Begins the sequence, which makes a deposit in its budget.
    #[cold]
    pub(super) fn begin_sequence(self: Pin<&mut Self>) {
        let this = self.project();
        Progress::begin(this.rules.budget.or(this.policy.budget));
        *this.deadline = Deadline::within(*this.total_timeout);
    }

    /// Starts the time of an attempt.
    pub(super) fn begin_attempt(self: Pin<&mut Self>) {
        let mut this = self.project();
        let limits = Limits::of(*this.attempt_timeout, this.deadline.as_ref());
        this.countdown.set(limits.countdown());
    }

    /// Waits until the time of the attempt is up.
    pub(super) fn poll_timeout(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Expired<E>> {
        let this = self.project();
        // Each setter of a timeout sets the conversion, too.
        let (Some(mut countdown), Some(convert)) = (this.countdown.as_pin_mut(), *this.timed_out)
        else {
            return Poll::Pending;
        };
        let timed_out = ready!(countdown.as_mut().poll(context));
        Poll::Ready(Expired { timed_out, convert, attempt: countdown.attempt() })
    }

    /// Returns the outcome if the sequence ends with it, and else keeps what the pause needs of it.
    /// `is_total` is set if a timeout ended the attempt.
    pub(super) fn after<J: Judge<E>>(
        self: Pin<&mut Self>,
        outcome: Result<T, E>,
        is_total: Option<bool>,
    ) -> Option<Result<T, E>> {
        let mut this = self.project();
        // Else it would wake the task while it waits for the next attempt.
        this.countdown.set(None);
        let rules = this.rules;
        let failure = match (&outcome, is_total) {
            (Ok(value), _) => match rules.of_value(value) {
                Some(failure) => failure,
                None => return Some(outcome),
            },
            (Err(error), None) => failure::<T, E, J>(Some(rules), error),
            (Err(error), Some(is_total)) => Failure::timed_out(is_total, Some(J::shown(error))),
        };
        let hook = rules.on_retry.as_deref_mut().map(|hook| hook as _);
        let deadline = this.deadline.as_ref();
        let call = Call::with(this.policy, &rules.name, deadline, rules.budget, hook);
        if !this.series.failed_call(call, failure) {
            return Some(outcome);
        }
        if let Some(pause) = this.pause {
            let kind = failure.kind();
            this.countdown.set(pause.begin(outcome, kind, this.deadline.as_ref()));
        }
        None
    }

    /// Waits for the next attempt. Returns the outcome if the sequence ends in the meantime.
    pub(super) fn poll_pause<J: Judge<E>>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, E>>> {
        let this = self.project();
        let Some(pause) = this.pause else {
            return Pin::new(&mut this.series.wait()).poll(context).map(|()| None);
        };
        let deadline = this.deadline.as_ref();
        let Some(reason) = ready!(pause.poll(this.series, this.countdown, deadline, context))
        else {
            return Poll::Ready(None);
        };
        let (outcome, kind) = pause.end();
        let error = outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        let failure = Failure::decided(true, kind.map(|kind| (kind, None)), error.map(J::shown));
        // The attempt that was to follow was counted already.
        let attempt = this.series.attempt() - 1;
        Call::new(this.policy, &this.rules.name).ended(attempt, &failure, reason);
        Poll::Ready(outcome)
    }
}
