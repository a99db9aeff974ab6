//! The end of a sequence between two attempts: by `stop_on`, or by a `before_retry` that takes too
//! long.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::{Call, Sequence, Wait};
use crate::observe::Reason;
use crate::session::Failure;
use crate::timeout::{Deadline, Deadlined};

impl Sequence {
    /// Awaits `before_retry` under the deadline of the sequence, after
    /// [`failed_call`](Self::failed_call) and before [`wait`](Self::wait).
    pub fn before_retry<'d, F>(&self, total: Option<&'d Deadline>, hook: F) -> Before<'d, F> {
        Before { hook: Deadlined::new(None, total, Some(hook)), total, delay: self.delay() }
    }

    /// Reports the reason for which the sequence ended after this failure instead of being retried.
    pub fn ended(&self, call: Call<'_>, failure: Failure<'_>, reason: Reason) {
        // The retry is already counted.
        call.ended(self.attempt() - 1, &failure, reason);
    }
}

/// Returns the reason if the wait would end after the deadline of the sequence.
pub(crate) fn too_late_for(delay: Duration, total: Option<&Deadline>) -> Option<Reason> {
    let is_late = total.is_some_and(|deadline| deadline.left() < delay);
    is_late.then_some(Reason::DeadlineExceeded)
}

/// Returns the reason if the deadline of the sequence has passed.
pub(crate) fn too_late(total: Option<&Deadline>) -> Option<Reason> {
    total.is_some_and(Deadline::has_passed).then_some(Reason::DeadlineExceeded)
}

pin_project! {
    /// The wait for a hook. Returns the reason if the hook takes too long and the sequence ends.
    #[must_use = "futures do nothing unless polled"]
    pub struct Before<'d, F> {
        #[pin]
        hook: Deadlined<'d, F>,
        total: Option<&'d Deadline>,
        delay: Duration,
    }
}

impl<F: Future<Output = ()>> Future for Before<'_, F> {
    type Output = Option<Reason>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(match ready!(this.hook.poll(context)) {
            Ok(()) => too_late_for(*this.delay, *this.total),
            Err(_) => Some(Reason::DeadlineExceeded),
        })
    }
}

impl Wait {
    /// Waits until the time is up or `stop` completes.
    pub fn unless<S>(self, stop: S, total: Option<&Deadline>) -> Unless<'_, S> {
        Unless { stop, wait: self, total }
    }
}

pin_project! {
    /// A wait that a future may end. Returns the reason if it ends the sequence.
    #[must_use = "futures do nothing unless polled"]
    pub struct Unless<'d, S> {
        #[pin]
        stop: S,
        wait: Wait,
        total: Option<&'d Deadline>,
    }
}

impl<S: Future<Output = ()>> Future for Unless<'_, S> {
    type Output = Option<Reason>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.stop.poll(context).is_ready() {
            return Poll::Ready(Some(Reason::Stopped));
        }
        ready!(Pin::new(this.wait).poll(context));
        Poll::Ready(too_late(*this.total))
    }
}
