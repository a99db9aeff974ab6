//! Streams through a breaker: the stream holds the permit until its outcome.
//!
//! Items pass through unchanged: each poll from outside polls the inner stream once. Only a first
//! item that was waited for is buffered.

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
    /// Admits a stream and records its outcome: see [`Guarded`]. Its items are `Result<T, E>` with
    /// an `E` that is [`Retryable`](crate::Retryable).
    ///
    /// The breaker must outlive the stream, so it must be `'static`. For a breaker in an
    /// [`Arc`](std::sync::Arc), or from [`for_key`](crate::CircuitBreakers::for_key), write
    /// `breaker.try_acquire_owned()?.guard(stream)`. Also acquire a permit first if creating the
    /// stream sends a request, because the stream already exists when this function is called.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the breaker rejects the call. The stream is dropped.
    pub fn guard<S: Stream>(&'static self, stream: S) -> Result<Guarded<S>, CircuitOpen> {
        self.try_acquire().map(|permit| permit.guard(stream))
    }
}

impl Permit<'static> {
    /// Moves the permit into a stream, which records the outcome: see [`Guarded`].
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
