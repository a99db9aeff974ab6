//! A future that is dropped when its time is up, and what that drop means to a permit inside it.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

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

/// Runs `drop` with [`dropping_attempt`] true, also where it panics.
fn as_timed_out_attempt(drop: impl FnOnce()) {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            DROPPING.set(self.0);
        }
    }
    let _restore = Restore(DROPPING.replace(true));
    drop();
}

pin_project! {
    /// An attempt under a deadline.
    pub struct Deadlined<F> {
        // Emptied when the time is up, so that what the attempt holds is released before anybody hears of it.
        #[pin]
        attempt: Option<F>,
        #[pin]
        timer: Option<Sleep>,
        timed_out: Option<TimedOut>,
    }
}

impl<F> Deadlined<F> {
    pub(crate) fn new(attempt: F, deadline: Option<(Instant, TimedOut)>) -> Self {
        let (at, timed_out) = deadline.unzip();
        Self { attempt: Some(attempt), timer: at.map(sleep_until), timed_out }
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
        let Some(timer) = this.timer.as_pin_mut() else { return Poll::Pending };
        if timer.poll(context).is_pending() {
            return Poll::Pending;
        }
        let Some(timed_out) = this.timed_out.take() else { return Poll::Pending };
        if timed_out.is_total() {
            this.attempt.set(None);
        } else {
            as_timed_out_attempt(|| this.attempt.set(None));
        }
        Poll::Ready(Err(timed_out))
    }
}
