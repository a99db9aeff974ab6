//! A future that is dropped when its time is up.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{drop_expired, poll_attempt};
use crate::clock::{Instant, Sleep, sleep_until};
use crate::failure::TimedOut;

pin_project! {
    /// A deadline, and what to say when it has passed.
    pub(crate) struct Countdown {
        #[pin]
        timer: Sleep,
        timed_out: TimedOut,
    }
}

impl Countdown {
    pub(crate) fn new(at: Instant, timed_out: TimedOut) -> Self {
        Self { timer: sleep_until(at), timed_out }
    }

    fn is_total(&self) -> bool {
        self.timed_out.is_total()
    }
}

impl Future for Countdown {
    type Output = TimedOut;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TimedOut> {
        let this = self.project();
        this.timer.poll(context).map(|()| this.timed_out.clone())
    }
}

pin_project! {
    /// An attempt under a deadline.
    pub struct Deadlined<F> {
        // Emptied when the time is up, so that what the attempt holds is released before anybody hears of it.
        #[pin]
        attempt: Option<F>,
        #[pin]
        countdown: Option<Countdown>,
    }
}

impl<F> Deadlined<F> {
    pub(crate) fn new(attempt: F, countdown: Option<Countdown>) -> Self {
        Self { attempt: Some(attempt), countdown }
    }
}

impl<F: Future> Future for Deadlined<F> {
    type Output = Result<F::Output, TimedOut>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        // The attempt first: an answer that is there counts, even at the deadline.
        if let Some(attempt) = this.attempt.as_mut().as_pin_mut() {
            let timed =
                this.countdown.as_ref().as_pin_ref().is_some_and(|countdown| !countdown.is_total());
            if let Poll::Ready(output) = poll_attempt(timed, || attempt.poll(context)) {
                return Poll::Ready(Ok(output));
            }
        }
        let Some(countdown) = this.countdown.as_pin_mut() else { return Poll::Pending };
        let timed_out = ready!(countdown.poll(context));
        drop_expired(timed_out.attempt_limit(), || this.attempt.set(None));
        Poll::Ready(Err(timed_out))
    }
}
