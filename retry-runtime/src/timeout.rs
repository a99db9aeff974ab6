//! A future that is dropped when its time is up, and what that drop means to a permit inside it.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::clock::{Instant, Sleep, sleep_until};
use crate::failure::TimedOut;

thread_local! {
    static DROPPING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the code that asks runs because `attempt_timeout` is dropping an attempt right now.
///
/// A permit dropped without a verdict says nothing about the dependency, unless the attempt it was for
/// has just been given up as hanging. The permit cannot see who drops it; drops run on the thread and
/// inside the call that causes them, so this flag can tell.
pub(crate) fn dropping_attempt() -> bool {
    DROPPING.get()
}

/// Runs `drop`, which drops an attempt whose time is up: for its own timeout with [`dropping_attempt`] true, also
/// where it panics; for the `total` one as any other drop.
pub(crate) fn drop_timed_out(total: bool, drop: impl FnOnce()) {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            DROPPING.set(self.0);
        }
    }
    let _restore = (!total).then(|| Restore(DROPPING.replace(true)));
    drop();
}

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
        if let Some(attempt) = this.attempt.as_mut().as_pin_mut()
            && let Poll::Ready(output) = attempt.poll(context)
        {
            return Poll::Ready(Ok(output));
        }
        let Some(countdown) = this.countdown.as_pin_mut() else { return Poll::Pending };
        let timed_out = ready!(countdown.poll(context));
        drop_timed_out(timed_out.is_total(), || this.attempt.set(None));
        Poll::Ready(Err(timed_out))
    }
}
