//! A future that is dropped when its time is up.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::{Deadline, TimedAttempt, drop_expired, within_attempt};
use crate::clock::{self, Instant, Sleep};
use crate::failure::TimedOut;

/// The limit of an attempt, and its start.
#[derive(Clone, Copy)]
pub(crate) struct Started {
    began: Instant,
    limit: Duration,
}

impl Started {
    #[inline]
    pub(crate) fn now(limit: Duration) -> Self {
        Self { began: clock::now(), limit }
    }
}

pin_project! {
    /// The time until a deadline.
    pub(crate) struct Countdown {
        timed_out: TimedOut,
        #[pin]
        sleep: Sleep,
    }
}

impl Countdown {
    /// Returns the time until the earlier of the attempt's own deadline and that of the sequence,
    /// if there is one.
    pub(crate) fn nearest(attempt: Option<Started>, total: Option<&Deadline>) -> Option<Self> {
        let attempt = attempt.map(|it| Deadline::new(it.began, TimedOut::attempt(it.limit)));
        // At the same instant, the attempt's deadline wins, so that a hanging dependency is
        // counted.
        let nearest = attempt.iter().chain(total).min_by_key(|deadline| deadline.at)?;
        Some(Self { timed_out: nearest.timed_out.clone(), sleep: Sleep::until(nearest.at) })
    }

    /// Returns the attempt whose `attempt_timeout` this is, if it is one.
    fn attempt(&self) -> Option<TimedAttempt> {
        let limit = (!self.timed_out.is_total()).then(|| self.timed_out.limit())?;
        let ends = clock::to_nanos(self.sleep.end());
        Some(TimedAttempt { began: ends.saturating_sub(clock::saturating_nanos(limit)), limit })
    }
}

impl Future for Countdown {
    type Output = TimedOut;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<TimedOut> {
        let this = self.project();
        ready!(this.sleep.poll(context));
        Poll::Ready(this.timed_out.clone())
    }
}

/// Waits until the time is up, if it is limited, and then calls `drop_attempt`. The attempt
/// releases what it holds before the timeout is reported.
pub(crate) fn poll_timeout(
    countdown: Pin<&mut Option<Countdown>>,
    drop_attempt: impl FnOnce(),
    context: &mut Context<'_>,
) -> Poll<TimedOut> {
    let Some(mut countdown) = countdown.as_pin_mut() else { return Poll::Pending };
    let timed_out = ready!(countdown.as_mut().poll(context));
    drop_expired(countdown.attempt(), drop_attempt);
    Poll::Ready(timed_out)
}

pin_project! {
    /// An attempt under its own timeout and the deadline of the sequence. Without an attempt, it
    /// times out at that deadline.
    pub struct Deadlined<'d, F> {
        #[pin]
        attempt: Option<F>,
        started: Option<Started>,
        total: Option<&'d Deadline>,
        // Created when the attempt is pending. An attempt that is ready immediately needs only its
        // start time, and no runtime.
        #[pin]
        countdown: Option<Countdown>,
    }
}

impl<'d, F> Deadlined<'d, F> {
    /// Creates an attempt whose time starts now, if it has a limit.
    #[inline]
    pub(crate) fn new(
        limit: Option<Duration>,
        total: Option<&'d Deadline>,
        attempt: Option<F>,
    ) -> Self {
        let started = limit.map(Started::now);
        Self { attempt, started, total, countdown: None }
    }
}

impl<F: Future> Future for Deadlined<'_, F> {
    type Output = Result<F::Output, TimedOut>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        // The attempt is polled first: a result that is ready counts, even at the deadline.
        if let Some(attempt) = this.attempt.as_mut().as_pin_mut() {
            let timed = this.started.is_some();
            if let Poll::Ready(output) = within_attempt(timed, || attempt.poll(context)) {
                return Poll::Ready(Ok(output));
            }
        }
        if this.countdown.is_none() {
            this.countdown.set(Countdown::nearest(*this.started, *this.total));
        }
        poll_timeout(this.countdown, || this.attempt.set(None), context).map(Err)
    }
}
