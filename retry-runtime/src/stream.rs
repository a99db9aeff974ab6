//! Streams through a breaker: the permit travels with the stream until its outcome.
//!
//! Items pass through as they come: one poll of the inner stream for each poll from outside,
//! nothing buffered, nothing allocated.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::breaker::{CircuitBreaker, Permit};
use crate::failure::{CircuitOpen, Retryable, wait_of};

pin_project! {
    /// A stream that a circuit breaker let through, and that reports how it went.
    ///
    /// From `#[circuit_breaker(…, stream)]`, [`CircuitBreaker::guard`] or [`Permit::guard`]. Write
    /// `Guarded<S>`: the second parameter is for code that the attribute makes.
    ///
    /// | what happens first | outcome |
    /// |---|---|
    /// | an item that is an error | as its kind counts, see [`trip_on`](CircuitBreaker::trip_on) |
    /// | the stream ends | success |
    /// | it is dropped after a good item | success: the reader has had enough |
    /// | it is dropped before the first item | neutral, with the exceptions listed at [`Permit`] |
    /// | it panics when polled | failure, also after good items |
    ///
    /// While half-open, a probe's slot is given back at the first good item, so that a long stream
    /// does not keep others from probing. Its outcome still counts. For
    /// [`slow_call`](CircuitBreaker::slow_call) the call lasts until then, however long the stream
    /// is. After the outcome items pass through untouched.
    ///
    /// It is `Send` and `Unpin` if `S` is, and polls `S` only when it is polled itself.
    #[must_use = "a stream does nothing unless it is polled"]
    pub struct Guarded<S, C = CountByKind> {
        #[pin]
        stream: S,
        // Until the outcome.
        permit: Option<Permit<'static>>,
        // A good item came.
        flows: bool,
        count: C,
    }

    impl<S, C> PinnedDrop for Guarded<S, C> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some(permit) = this.permit.take_if(|_| *this.flows) {
                permit.success();
            }
        }
    }
}

/// Errors count by their kind.
#[derive(Debug, Clone, Copy)]
pub struct CountByKind;

/// Errors count as a predicate says.
#[derive(Clone, Copy)]
pub struct CountByPredicate<F>(pub(crate) F);

/// Decides how an item that is an error counts.
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

impl<S, C> Guarded<S, C> {
    /// A stream with its permit, or without one if nothing is to be reported.
    pub(crate) fn new(permit: Option<Permit<'static>>, stream: S, count: C) -> Self {
        Self { stream, permit, flows: false, count }
    }
}

impl<S, C, T, E> Stream for Guarded<S, C>
where
    S: Stream<Item = Result<T, E>>,
    C: Count<E>,
{
    type Item = Result<T, E>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(mut permit) = this.permit.take() else { return this.stream.poll_next(context) };
        // If this panics, it drops the permit, which counts as a failure.
        let polled = this.stream.poll_next(context);
        match &polled {
            Poll::Ready(Some(Err(error))) => this.count.count(permit, error),
            Poll::Ready(None) => permit.success(),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {
                if polled.is_ready() && !*this.flows {
                    *this.flows = true;
                    permit.progressed();
                }
                *this.permit = Some(permit);
            }
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S, C, T, E> FusedStream for Guarded<S, C>
where
    S: FusedStream<Item = Result<T, E>>,
    C: Count<E>,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<S: fmt::Debug, C> fmt::Debug for Guarded<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded")
            .field("stream", &self.stream)
            .field("permit", &self.permit)
            .finish_non_exhaustive()
    }
}

impl CircuitBreaker {
    /// Lets a stream through, and learns from it how it went; see [`Guarded`]. Its items are
    /// `Result<T, E>` with an `E` that is [`Retryable`].
    ///
    /// The breaker must outlive the stream, hence `&'static`. For one in an
    /// [`Arc`](std::sync::Arc), or from [`for_key`](crate::CircuitBreakers::for_key), write
    /// `breaker.try_acquire_owned()?.guard(stream)`. Acquire a permit first, too, if making the
    /// stream sends a request: the stream exists already when this is called.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the breaker rejects the call; the stream is dropped.
    pub fn guard<S>(&'static self, stream: S) -> Result<Guarded<S>, CircuitOpen> {
        self.try_acquire().map(|permit| permit.guard(stream))
    }
}

impl Permit<'static> {
    /// Leaves the outcome to a stream; see [`Guarded`].
    ///
    /// ```
    /// use futures_util::{StreamExt, stream};
    /// use retry_runtime::{CircuitBreaker, CircuitOpen};
    /// use std::io;
    ///
    /// static FEED: CircuitBreaker = CircuitBreaker::new("feed");
    ///
    /// # async fn example() -> Result<(), CircuitOpen> {
    /// let permit = FEED.try_acquire()?; // before the request is sent
    /// let items = stream::iter([Ok::<_, io::Error>(1), Ok(2)]);
    /// let mut items = permit.guard(items);
    /// while let Some(item) = items.next().await {
    ///     println!("{item:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn guard<S>(self, stream: S) -> Guarded<S> {
        Guarded::new(Some(self), stream, CountByKind)
    }
}
