//! The time between two attempts under `before_retry` or `stop_on`.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::failure::FailureKind;
use crate::observe::Reason;
use crate::series::{Deadline, Limits, Sequence};
use crate::timeout::Countdown;

type BoxFuture<'h> = Pin<Box<dyn Future<Output = ()> + Send + 'h>>;

type BeforeRetry<'h, E> = dyn FnMut(&E) -> BoxFuture<'h> + Send + 'h;

/// The hooks of a pause, and the failed attempt that it follows.
pub(super) struct Pause<'h, T, E> {
    pub(super) before_retry: Option<Box<BeforeRetry<'h, E>>>,
    pub(super) stop_on: Option<Box<dyn FnMut() -> BoxFuture<'h> + Send + 'h>>,
    running: Running<'h>,
    outcome: Box<dyn Keep<Result<T, E>> + Send + 'h>,
    kind: Option<FailureKind>,
}

/// What is awaited, beside the wait itself.
enum Running<'h> {
    BeforeRetry(BoxFuture<'h>),
    StopOn(BoxFuture<'h>),
    Nothing,
}

/// Keeps a value. Behind a trait object, only the setters require that it is `Send`.
trait Keep<V> {
    fn replace(&mut self, value: Option<V>) -> Option<V>;
}

impl<V> Keep<V> for Option<V> {
    fn replace(&mut self, value: Option<V>) -> Option<V> {
        mem::replace(self, value)
    }
}

impl<'h, T, E> Pause<'h, T, E> {
    pub(super) fn new() -> Self
    where
        T: Send + 'h,
        E: Send + 'h,
    {
        Self {
            before_retry: None,
            stop_on: None,
            running: Running::Nothing,
            outcome: Box::new(None),
            kind: None,
        }
    }

    /// Begins a pause after a failed attempt. Returns the time until `before_retry` has to end.
    pub(super) fn begin(
        &mut self,
        outcome: Result<T, E>,
        kind: Option<FailureKind>,
        deadline: Option<&Deadline>,
    ) -> Option<Countdown> {
        let before = self.before_retry.as_mut().zip(outcome.as_ref().err());
        let before = before.map(|(before_retry, error)| before_retry(error));
        let countdown = before.as_ref().and_then(|_| Limits::of(None, deadline).countdown());
        self.running = before.map_or(Running::Nothing, Running::BeforeRetry);
        self.outcome.replace(Some(outcome));
        self.kind = kind;
        countdown
    }

    /// Waits for the next attempt. Returns why the sequence ends, if it ends in the meantime.
    pub(super) fn poll(
        &mut self,
        series: &mut Sequence,
        mut countdown: Pin<&mut Option<Countdown>>,
        deadline: Option<&Deadline>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Reason>> {
        if let Running::BeforeRetry(before) = &mut self.running {
            if before.as_mut().poll(context).is_pending() {
                let Some(countdown) = countdown.as_mut().as_pin_mut() else { return Poll::Pending };
                ready!(countdown.poll(context));
                return Poll::Ready(Some(Reason::DeadlineExceeded));
            }
            self.running = Running::Nothing;
            countdown.set(None);
            let wait = series.restart_wait();
            if deadline.is_some_and(|deadline| deadline.left() < wait) {
                return Poll::Ready(Some(Reason::DeadlineExceeded));
            }
        }
        if let (Running::Nothing, Some(stop_on)) = (&self.running, &mut self.stop_on) {
            self.running = Running::StopOn(stop_on());
        }
        if let Running::StopOn(stop) = &mut self.running {
            if stop.as_mut().poll(context).is_ready() {
                return Poll::Ready(Some(Reason::Stopped));
            }
        }
        ready!(Pin::new(&mut series.wait()).poll(context));
        self.end();
        Poll::Ready(None)
    }

    /// Ends the pause. Returns the outcome of the attempt before it, and its kind of failure.
    pub(super) fn end(&mut self) -> (Option<Result<T, E>>, Option<FailureKind>) {
        self.running = Running::Nothing;
        (self.outcome.replace(None), self.kind)
    }
}
