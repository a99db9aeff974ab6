//! Streams through a breaker: the permit travels with the stream until its outcome.
//!
//! Items pass through as they come: one poll of the inner stream for each poll from outside,
//! nothing allocated, and nothing buffered but a first item that was waited for.

mod first;
mod guarded;
mod read;
#[cfg(any(feature = "tokio", feature = "smol"))]
mod run;

use futures_core::Stream;

use crate::breaker::{CircuitBreaker, Permit};
use crate::failure::CircuitOpen;
pub use guarded::Guarded;
pub(crate) use guarded::{CountByKind, CountByPredicate, Uncounted};
pub use read::ReadFirst;

impl CircuitBreaker {
    /// Lets a stream through, and learns from it how it went; see [`Guarded`]. Its items are
    /// `Result<T, E>` with an `E` that is [`Retryable`](crate::Retryable).
    ///
    /// The breaker must outlive the stream, hence `&'static`. For one in an
    /// [`Arc`](std::sync::Arc), or from [`for_key`](crate::CircuitBreakers::for_key), write
    /// `breaker.try_acquire_owned()?.guard(stream)`. Acquire a permit first, too, if making the
    /// stream sends a request: the stream exists already when this is called.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the breaker rejects the call; the stream is dropped.
    pub fn guard<S: Stream>(&'static self, stream: S) -> Result<Guarded<S>, CircuitOpen> {
        self.try_acquire().map(|permit| permit.guard(stream))
    }
}

impl Permit<'static> {
    /// Leaves the outcome to a stream; see [`Guarded`].
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use futures_util::{StreamExt, stream};
    /// use retry_utils::{CircuitBreaker, CircuitOpen};
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
    pub fn guard<S: Stream>(self, stream: S) -> Guarded<S> {
        Guarded::new(Some(self), stream, CountByKind)
    }
}
