//! The timeouts of a run.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::failure::TimedOut;
use crate::series::Sequence;
use crate::timeout::{Countdown, Deadline, Started, poll_timeout};

pub(super) struct Timeouts<E> {
    pub(super) attempt: Option<Duration>,
    pub(super) total: Option<Duration>,
    /// Converts a timeout to the caller's error.
    convert: fn(TimedOut) -> E,
    deadline: Option<Deadline>,
    /// The start of the running attempt, if it has a limit.
    started: Option<Started>,
    /// The countdown of the running attempt or of `before_retry`. Created when it first has to
    /// wait.
    countdown: Pin<Box<Option<Countdown>>>,
}

impl<E> Timeouts<E> {
    pub(super) fn new(convert: fn(TimedOut) -> E) -> Self {
        Self {
            attempt: None,
            total: None,
            convert,
            deadline: None,
            started: None,
            countdown: Box::pin(None),
        }
    }

    /// Begins the sequence.
    pub(super) fn begin(&mut self) {
        self.deadline = Deadline::within(self.total);
    }

    pub(super) const fn deadline(&self) -> Option<&Deadline> {
        self.deadline.as_ref()
    }

    /// Starts the time of an attempt.
    pub(super) fn start(&mut self) {
        self.started = self.attempt.map(Started::now);
    }

    /// Stops the time. Otherwise it would wake the task during the wait for the next attempt.
    pub(super) fn stop(&mut self) {
        self.started = None;
        self.countdown.set(None);
    }

    /// Returns the caller's error if the deadline of the sequence has passed.
    pub(super) fn late(&self, series: &mut Sequence) -> Option<E> {
        let deadline = self.deadline.as_ref()?;
        series.is_late(Some(deadline)).then(|| (self.convert)(deadline.timed_out()))
    }

    /// Waits until the time is up, then drops the running future. Returns the caller's error, and
    /// whether it was `total_timeout`.
    pub(super) fn poll(
        &mut self,
        drop_attempt: impl FnOnce(),
        context: &mut Context<'_>,
    ) -> Poll<(E, bool)> {
        let timed_out = ready!(self.poll_countdown(drop_attempt, context));
        let is_total = timed_out.is_total();
        Poll::Ready(((self.convert)(timed_out), is_total))
    }

    /// Waits until the time of `before_retry` is up.
    pub(super) fn poll_hook(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_countdown(|| (), context).map(drop)
    }

    fn poll_countdown(
        &mut self,
        drop_attempt: impl FnOnce(),
        context: &mut Context<'_>,
    ) -> Poll<TimedOut> {
        if self.countdown.is_none() {
            self.countdown.set(Countdown::nearest(self.started, self.deadline.as_ref()));
        }
        poll_timeout(self.countdown.as_mut(), drop_attempt, context)
    }
}
