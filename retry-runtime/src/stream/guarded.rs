//! A stream with its permit.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::first::First;
use crate::breaker::Permit;
use crate::failure::{Retryable, wait_of};

pin_project! {
    /// A stream that a circuit breaker admitted. It reports its outcome to the breaker.
    ///
    /// Returned by `#[circuit_breaker(…, stream)]`,
    /// [`CircuitBreaker::guard`](crate::CircuitBreaker::guard) and [`Permit::guard`].
    /// `#[async_retry(…, stream)]` and [`run_stream`](crate::RetryConfig::run_stream) return it
    /// too: the stream then begins with the item that was waited for, and without a breaker it
    /// reports nothing. Write the type as `Guarded<S>`. The other parameters are for generated
    /// code.
    ///
    /// | first event | outcome |
    /// |---|---|
    /// | an item that is an error | depends on its kind, see [`trip_on`](crate::CircuitBreaker::trip_on) |
    /// | the stream ends | success |
    /// | it is dropped after a good item | success: the reader needs no more |
    /// | it is dropped before the first item | neutral, with the exceptions listed at [`Permit`] |
    /// | it panics when polled | failure, even after good items |
    ///
    /// While the breaker is half-open, the first good item releases a probe's slot, so that a long
    /// stream does not keep others from probing. The outcome of the stream still counts. For
    /// [`slow_call`](crate::CircuitBreaker::slow_call), the call lasts until the first good item,
    /// however long the stream is. After the outcome, items pass through without a check. A breaker
    /// above `#[async_retry(…, stream)]` learns of the first item when the stream is returned.
    ///
    /// It is `Unpin` if `S` is, `Send` if `S` and its items are, and polls `S` only when it is
    /// polled itself.
    #[must_use = "a stream does nothing unless it is polled"]
    pub struct Guarded<S, C = CountByKind, I = <S as Stream>::Item> {
        // Declared before the stream, which may panic when it is dropped.
        held: Held,
        #[pin]
        stream: S,
        first: First<I>,
        count: C,
    }
}

/// The permit of a stream, until its outcome.
struct Held {
    permit: Option<Permit<'static>>,
    /// `true` once a good item came.
    flows: bool,
}

impl Held {
    /// Records that a good item came.
    fn progressed(&mut self) {
        if let Some(permit) = self.permit.as_mut().filter(|_| !self.flows) {
            permit.progressed();
        }
        self.flows = true;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take_if(|_| self.flows) {
            permit.success();
        }
    }
}

/// Counts errors by their kind.
#[derive(Debug, Clone, Copy)]
pub struct CountByKind;

/// Counts errors by a predicate.
#[derive(Clone, Copy)]
pub struct CountByPredicate<F>(pub(crate) F);

/// Counts nothing, because there is no breaker.
#[derive(Debug, Clone, Copy)]
pub struct Uncounted;

/// A rule for counting an item that is an error.
pub trait Count<E> {
    /// Records the outcome.
    fn count(&mut self, permit: Permit<'static>, error: &E);
}

impl<E: Retryable> Count<E> for CountByKind {
    fn count(&mut self, permit: Permit<'static>, error: &E) {
        permit.record_kind(error.failure_kind(), || wait_of(error));
    }
}

impl<E, F: FnMut(&E) -> bool> Count<E> for CountByPredicate<F> {
    fn count(&mut self, permit: Permit<'static>, error: &E) {
        if (self.0)(error) {
            permit.failure();
        } else {
            permit.success();
        }
    }
}

impl<E> Count<E> for Uncounted {
    fn count(&mut self, _: Permit<'static>, _: &E) {}
}

impl<S, C, I> Guarded<S, C, I> {
    /// Creates a stream with its permit, or without one if nothing is to be reported.
    pub(crate) fn new(permit: Option<Permit<'static>>, stream: S, count: C) -> Self {
        let held = Held { permit, flows: false };
        Self { held, stream, first: First::Unread, count }
    }
}

impl<S, C, T, E> Stream for Guarded<S, C, Result<T, E>>
where
    S: Stream<Item = Result<T, E>>,
    C: Count<E>,
{
    type Item = Result<T, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if !this.first.is_unread() {
            return Poll::Ready(this.first.take());
        }
        let Some(permit) = this.held.permit.take() else { return this.stream.poll_next(context) };
        // If this panics, it drops the permit, which counts as a failure.
        let polled = this.stream.poll_next(context);
        match &polled {
            Poll::Ready(Some(Err(error))) => this.count.count(permit, error),
            Poll::Ready(None) => permit.success(),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {
                this.held.permit = Some(permit);
                if polled.is_ready() {
                    this.held.progressed();
                }
            }
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = self.stream.size_hint();
        match self.first {
            First::Unread => (least, most),
            First::Item(_) => (least.saturating_add(1), most.and_then(|most| most.checked_add(1))),
            First::End => (0, Some(0)),
        }
    }
}

impl<S, C, T, E> FusedStream for Guarded<S, C, Result<T, E>>
where
    S: FusedStream<Item = Result<T, E>>,
    C: Count<E>,
{
    fn is_terminated(&self) -> bool {
        match self.first {
            First::Unread => self.stream.is_terminated(),
            First::Item(_) => false,
            First::End => true,
        }
    }
}

impl<S, C, I> Guarded<S, C, I> {
    /// Puts the part that was already read in front of the stream.
    pub(super) fn begin_with(&mut self, first: First<I>) {
        self.first = first;
    }

    /// Boxes the stream, which allows it to be moved after it was polled.
    pub(crate) fn boxed(self) -> Guarded<Pin<Box<S>>, C, I> {
        let Self { held, stream, first, count } = self;
        Guarded { held, stream: Box::pin(stream), first, count }
    }

    /// Returns the stream as one that no breaker counts, for a breaker around the one that counts
    /// it.
    pub(crate) fn nested(mut self) -> Guarded<Self, Uncounted, I> {
        let first = mem::replace(&mut self.first, First::Unread);
        let held = Held { permit: None, flows: false };
        Guarded { held, stream: self, first, count: Uncounted }
    }
}

impl<S, I> Guarded<S, Uncounted, I> {
    /// Moves the permit of a call into the stream, which may already have begun.
    pub(crate) fn counted<C>(self, permit: Option<Permit<'static>>, count: C) -> Guarded<S, C, I> {
        let Self { held: _, stream, first, count: _ } = self;
        let mut held = Held { permit, flows: false };
        match &first {
            First::Unread => {}
            First::Item(_) => held.progressed(),
            First::End => {
                if let Some(permit) = held.permit.take() {
                    permit.success();
                }
            }
        }
        Guarded { held, stream, first, count }
    }
}

impl<S: fmt::Debug, C, I> fmt::Debug for Guarded<S, C, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("stream", &self.stream)
            .field("permit", &self.held.permit)
            .finish_non_exhaustive()
    }
}
