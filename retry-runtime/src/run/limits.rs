//! The timeouts of a [`Run`](super::Run), as types: a run without one holds nothing for them.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::failure::TimedOut;
use crate::series::{Deadline, Limits};
use crate::timeout::Countdown;

/// No timeout.
pub struct NoTimeouts;

/// One or both of the timeouts, and how one becomes the caller's error.
pub struct Timeouts<E> {
    pub(super) attempt: Option<Duration>,
    pub(super) total: Option<Duration>,
    pub(super) error: fn(TimedOut) -> E,
}

impl<E: From<TimedOut>> From<NoTimeouts> for Timeouts<E> {
    fn from(_: NoTimeouts) -> Self {
        Self { attempt: None, total: None, error: E::from }
    }
}

/// What a run needs of its timeouts.
pub trait Limited<E> {
    /// Returns whether attempts have a timeout of their own.
    fn times_attempts(&self) -> bool;

    /// What is held of them while it runs.
    type Timed: Default;

    /// An attempt begins.
    fn begin(&self, timed: Pin<&mut Self::Timed>);

    /// Whether the time of the present attempt is up: which timeout it was, and the caller's error.
    fn poll(&self, timed: Pin<&mut Self::Timed>, context: &mut Context<'_>) -> Poll<(Cut, E)>;

    /// The attempt is over; when the series has to end.
    fn end(timed: Pin<&mut Self::Timed>) -> Option<&Deadline>;
}

/// The timeout that ended an attempt.
pub struct Cut {
    /// The `attempt_timeout`, if it was that.
    pub(super) expired: Option<Duration>,
}

impl<E> Limited<E> for NoTimeouts {
    type Timed = ();

    #[inline]
    fn times_attempts(&self) -> bool {
        false
    }

    #[inline]
    fn begin(&self, _: Pin<&mut ()>) {}

    #[inline]
    fn poll(&self, _: Pin<&mut ()>, _: &mut Context<'_>) -> Poll<(Cut, E)> {
        Poll::Pending
    }

    #[inline]
    fn end(_: Pin<&mut ()>) -> Option<&Deadline> {
        None
    }
}

pin_project! {
    /// The timeouts of a series, and of its present attempt.
    #[derive(Default)]
    pub struct Timed {
        deadline: Option<Deadline>,
        #[pin]
        countdown: Option<Countdown>,
    }
}

impl<E> Limited<E> for Timeouts<E> {
    type Timed = Timed;

    fn times_attempts(&self) -> bool {
        self.attempt.is_some()
    }

    fn begin(&self, timed: Pin<&mut Timed>) {
        let mut timed = timed.project();
        if timed.deadline.is_none() {
            *timed.deadline = self.total.map(Deadline::after);
        }
        let limits = Limits::of(self.attempt, timed.deadline.as_ref());
        timed.countdown.set(limits.countdown());
    }

    fn poll(&self, timed: Pin<&mut Timed>, context: &mut Context<'_>) -> Poll<(Cut, E)> {
        match timed.project().countdown.as_pin_mut() {
            Some(countdown) => countdown.poll(context).map(|timed_out| {
                (Cut { expired: timed_out.attempt_limit() }, (self.error)(timed_out))
            }),
            None => Poll::Pending,
        }
    }

    fn end(timed: Pin<&mut Timed>) -> Option<&Deadline> {
        let mut timed = timed.project();
        // Else it would wake the task while it waits for the next attempt.
        timed.countdown.set(None);
        timed.deadline.as_ref()
    }
}
