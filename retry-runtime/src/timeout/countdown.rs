//! A future that is dropped when its time is up.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{TimedAttempt, drop_expired, within_attempt};
use crate::clock::{self, Instant, Sleep, sleep_until};
use crate::failure::TimedOut;

pin_project! {
    /// A deadline, and the timeout that ends there.
    pub(crate) struct Countdown {
        at: Instant,
        timed_out: TimedOut,
        // Made at the first poll: an attempt that is ready at once needs no runtime.
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Countdown {
    pub(crate) const fn new(at: Instant, timed_out: TimedOut) -> Self {
        Self { at, timed_out, sleep: None }
    }

    fn is_attempts(&self) -> bool {
        !self.timed_out.is_total()
    }

    /// Returns the attempt whose `attempt_timeout` this is, if it is one.
    pub(crate) fn attempt(&self) -> Option<TimedAttempt> {
        let limit = self.is_attempts().then(|| self.timed_out.limit())?;
        let began = clock::to_nanos(self.at).saturating_sub(clock::saturating_nanos(limit));
        Some(TimedAttempt { began, limit })
    }
}

impl Future for Countdown {
    type Output = TimedOut;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TimedOut> {
        let mut this = self.project();
        if this.sleep.is_none() {
            this.sleep.set(Some(sleep_until(*this.at)));
        }
        let is_over = this.sleep.as_pin_mut().is_some_and(|sleep| sleep.poll(context).is_ready())
            // Tokio's timer is pending, whatever the time, in a task that has used up its budget.
            || clock::now() >= *this.at;
        if is_over { Poll::Ready(this.timed_out.clone()) } else { Poll::Pending }
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
            let timed = this.countdown.as_ref().as_pin_ref().is_some_and(|it| it.is_attempts());
            if let Poll::Ready(output) = within_attempt(timed, || attempt.poll(context)) {
                return Poll::Ready(Ok(output));
            }
        }
        let Some(mut countdown) = this.countdown.as_pin_mut() else { return Poll::Pending };
        let timed_out = ready!(countdown.as_mut().poll(context));
        drop_expired(countdown.attempt(), || this.attempt.set(None));
        Poll::Ready(Err(timed_out))
    }
}
