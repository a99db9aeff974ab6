//! The time between two attempts under `before_retry` or `stop_on`.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::timeouts::Timeouts;
use crate::failure::FailureKind;
use crate::observe::Reason;
use crate::series::{Sequence, Wait, too_late, too_late_for};

type BoxFuture<'h> = Pin<Box<dyn Future<Output = ()> + Send + 'h>>;

type BeforeRetry<'h, E> = dyn FnMut(&E) -> BoxFuture<'h> + Send + 'h;

type Swap<'h, V> = dyn FnMut(Option<V>) -> Option<V> + Send + 'h;

/// The hooks of a pause, the futures that they returned, and the failed attempt before the pause.
pub(super) struct Pause<'h, T, E> {
    pub(super) before_retry: Option<Box<BeforeRetry<'h, E>>>,
    pub(super) stop_on: Option<Box<dyn FnMut() -> BoxFuture<'h> + Send + 'h>>,
    before: Option<BoxFuture<'h>>,
    stop: Option<BoxFuture<'h>>,
    /// Holds the outcome inside a closure, so that only the setters require it to be `Send`.
    swap: Box<Swap<'h, Result<T, E>>>,
    kind: Option<FailureKind>,
}

impl<'h, T, E> Pause<'h, T, E> {
    pub(super) fn new() -> Self
    where
        T: Send + 'h,
        E: Send + 'h,
    {
        let mut held = None;
        let swap = Box::new(move |outcome| mem::replace(&mut held, outcome));
        Self { before_retry: None, stop_on: None, before: None, stop: None, swap, kind: None }
    }

    /// Begins a pause after a failed attempt.
    pub(super) fn begin(&mut self, outcome: Result<T, E>, kind: Option<FailureKind>) {
        let hook = self.before_retry.as_mut().zip(outcome.as_ref().err());
        self.before = hook.map(|(before_retry, error)| before_retry(error));
        (self.swap)(Some(outcome));
        self.kind = kind;
    }

    /// Waits for the next attempt. Returns the reason if the sequence ends before it.
    pub(super) fn poll(
        &mut self,
        series: &Sequence,
        wait: &mut Wait,
        mut timeouts: Option<&mut Timeouts<E>>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Reason>> {
        if let Some(before) = &mut self.before {
            if before.as_mut().poll(context).is_pending() {
                let Some(timeouts) = timeouts else { return Poll::Pending };
                ready!(timeouts.poll_hook(context));
                return Poll::Ready(Some(Reason::DeadlineExceeded));
            }
            self.before = None;
            if let Some(timeouts) = &mut timeouts {
                timeouts.stop();
                if let Some(reason) = too_late_for(series.delay(), timeouts.deadline()) {
                    return Poll::Ready(Some(reason));
                }
            }
        }
        // The wait begins first, so that time spent in `stop_on` is part of it.
        wait.begin(series);
        if let Some(stop_on) = &mut self.stop_on {
            let stop = self.stop.get_or_insert_with(stop_on);
            if stop.as_mut().poll(context).is_ready() {
                return Poll::Ready(Some(Reason::Stopped));
            }
        }
        ready!(wait.poll_kept(series, context));
        let late = timeouts.and_then(|timeouts| too_late(timeouts.deadline()));
        if late.is_none() {
            self.end();
        }
        Poll::Ready(late)
    }

    /// Ends the pause. Returns the outcome of the attempt before it, and its failure kind.
    pub(super) fn end(&mut self) -> (Option<Result<T, E>>, Option<FailureKind>) {
        (self.before, self.stop) = (None, None);
        ((self.swap)(None), self.kind)
    }
}
