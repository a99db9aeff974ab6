//! Support for streams in generated code: shared parts, and those of `#[circuit_breaker]`.

use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;

use super::owner::NONE;
use crate::breaker::{CircuitBreaker, Handle, Permit};
use crate::failure::{CircuitOpen, FailureKind, Retryable};
use crate::registry;
use crate::stream::{CountByKind, CountByPredicate, Guarded, Uncounted};

/// A permit for one connection. It passes to the stream that the connection returns.
#[must_use]
pub struct Connection(Permit<'static>);

impl Connection {
    /// Records that the connection failed with an error of this kind, which may have a hint.
    #[cold]
    pub fn record(self, kind: FailureKind, hint: impl FnOnce() -> Option<Duration>) {
        self.0.record_kind(kind, hint);
    }

    /// Records the result of the user's predicate for a connection that failed.
    #[cold]
    pub fn judge(self, failed: bool, hint: impl FnOnce() -> Option<Duration>) {
        if failed {
            self.0.failure_with(hint);
        } else {
            self.0.success();
        }
    }
}

/// Requests admission from a `'static` breaker. The registry lists the breaker from its first use.
///
/// # Errors
///
/// [`CircuitOpen`] if the breaker rejects the call.
pub fn connect_static(breaker: &'static CircuitBreaker) -> Result<Connection, CircuitOpen> {
    let admitted = breaker.admit_static(registry::add)?;
    Ok(Connection(Permit::borrowed(admitted)))
}

/// A reference or handle that keeps a breaker alive for as long as a stream may last.
#[diagnostic::on_unimplemented(
    message = "the stream outlives the call, but its breaker may not",
    label = "`{Self}` may be dropped before the stream",
    note = "declare the breaker as a `static`, or keep it in an `Arc<CircuitBreaker>`, which the stream clones",
    note = "if the breaker is a `LazyLock` in a `static`, name the static itself, without `*`"
)]
pub trait Outlives {
    /// Requests admission from the breaker.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the breaker rejects the call.
    fn connect(&self) -> Result<Connection, CircuitOpen>;
}

macro_rules! outlives {
    ($($keeper:ty: $acquire:ident),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Outlives for $keeper {
            fn connect(&self) -> Result<Connection, CircuitOpen> {
                self.$acquire().map(Connection)
            }
        }
    )*};
}

outlives!(
    &'static CircuitBreaker: try_acquire,
    Arc<CircuitBreaker>: try_acquire_owned,
    Handle: try_acquire_owned
);

#[diagnostic::do_not_recommend]
impl<T: Outlives> Outlives for &T {
    fn connect(&self) -> Result<Connection, CircuitOpen> {
        T::connect(self)
    }
}

/// Without a breaker, the connection is admitted and not counted.
#[diagnostic::do_not_recommend]
impl<T: Outlives> Outlives for Option<T> {
    fn connect(&self) -> Result<Connection, CircuitOpen> {
        self.as_ref().map_or_else(|| NONE.try_acquire().map(Connection), T::connect)
    }
}

/// Implemented for nothing.
pub trait Never {}

/// Marks the implementation of a trait that applies.
pub struct Fits;

/// Marks a second implementation of a trait, which never applies. With only one implementation, the
/// compiler would infer types from it even if its bounds are not met, and report these types in a
/// second error.
pub struct ByNothing;

/// The input of a layer for streams: the stream of the body, or the output of a layer inside it.
///
/// For `M` see `ByNothing`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream of results",
    label = "not a `Stream<Item = Result<T, E>>`",
    note = "with `stream`, the function must return `Ok(stream)`, and the items of the stream must be `Result`s"
)]
pub trait Layered<M>: Sized {
    /// The stream.
    type Stream;
    /// The rule by which a breaker counts its errors.
    type Count;
    /// The stream with the breaker that counts it inside.
    type Nested;
    /// The item of the stream.
    type Item;

    /// Returns the stream.
    fn opened(self) -> Guarded<Self::Stream, Self::Count, Self::Item>;

    /// Returns the stream for a breaker around the one that counts it, if there is one.
    fn nested(self) -> Guarded<Self::Nested, Uncounted, Self::Item>;
}

#[diagnostic::do_not_recommend]
impl<S, T, E> Layered<Fits> for S
where
    S: Stream<Item = Result<T, E>>,
{
    type Stream = S;
    type Count = Uncounted;
    type Nested = S;
    type Item = Result<T, E>;

    fn opened(self) -> Guarded<S, Uncounted, Result<T, E>> {
        Guarded::new(None, self, Uncounted)
    }

    fn nested(self) -> Guarded<S, Uncounted, Result<T, E>> {
        Guarded::new(None, self, Uncounted)
    }
}

/// The output of a layer for streams, for a layer around it. It is not a `Stream`, so [`Layered`]
/// can distinguish the two.
pub struct Opened<S, C, I>(pub Guarded<S, C, I>);

#[diagnostic::do_not_recommend]
impl<S, I> Layered<Fits> for Opened<S, Uncounted, I> {
    type Stream = S;
    type Count = Uncounted;
    type Nested = S;
    type Item = I;

    fn opened(self) -> Guarded<S, Uncounted, I> {
        self.0
    }

    fn nested(self) -> Guarded<S, Uncounted, I> {
        self.0
    }
}

/// A rule by which a breaker counts errors: any but [`Uncounted`].
pub trait Counted {}

impl Counted for CountByKind {}

impl<F> Counted for CountByPredicate<F> {}

#[diagnostic::do_not_recommend]
impl<S, C: Counted, I> Layered<Fits> for Opened<S, C, I> {
    type Stream = S;
    type Count = C;
    type Nested = Guarded<S, C, I>;
    type Item = I;

    fn opened(self) -> Guarded<S, C, I> {
        self.0
    }

    fn nested(self) -> Guarded<Guarded<S, C, I>, Uncounted, I> {
        self.0.nested()
    }
}

#[diagnostic::do_not_recommend]
impl<S: Never> Layered<ByNothing> for S {
    type Stream = S;
    type Count = Uncounted;
    type Nested = S;
    type Item = ();

    fn opened(self) -> Guarded<S, Uncounted, ()> {
        Guarded::new(None, self, Uncounted)
    }

    fn nested(self) -> Guarded<S, Uncounted, ()> {
        Guarded::new(None, self, Uncounted)
    }
}

/// A stream of results whose errors a breaker counts by their kind.
///
/// For `M` see `ByNothing`.
#[diagnostic::on_unimplemented(
    message = "the error of the items is not `Retryable`, so a circuit breaker cannot classify it",
    label = "not a `Stream<Item = Result<T, E>>` with an `E` that is `Retryable`",
    note = "classify the error: write `#[derive(Retryable)]` with a `#[retry(…)]` on each variant, or `failure_if = |error| …` in the attribute"
)]
pub trait Connected<M>: Sized {
    /// The stream with its permit.
    type Guarded;

    /// Guards the stream. Without a connection, when a fallback returned the stream, nothing is
    /// counted.
    fn guarded(self, connection: Option<Connection>) -> Self::Guarded;
}

#[diagnostic::do_not_recommend]
impl<S, T, E: Retryable> Connected<Fits> for Guarded<S, Uncounted, Result<T, E>> {
    type Guarded = Guarded<S, CountByKind, Result<T, E>>;

    fn guarded(self, connection: Option<Connection>) -> Self::Guarded {
        self.counted(connection.map(|connection| connection.0), CountByKind)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Never> Connected<ByNothing> for S {
    type Guarded = S;

    fn guarded(self, _: Option<Connection>) -> S {
        self
    }
}

/// Guards a stream whose errors a predicate counts. Without a connection, when a fallback returned
/// the stream, nothing is counted.
pub fn guarded_by<S, T, E, F: FnMut(&E) -> bool>(
    stream: Guarded<S, Uncounted, Result<T, E>>,
    connection: Option<Connection>,
    failed: F,
) -> Guarded<S, CountByPredicate<F>, Result<T, E>> {
    stream.counted(connection.map(|connection| connection.0), CountByPredicate(failed))
}

/// Wraps the stream of a fallback.
pub fn unguarded<S, I>(stream: S) -> Guarded<S, Uncounted, I> {
    Guarded::new(None, stream, Uncounted)
}

/// Changes the value of an outcome.
///
/// # Errors
///
/// The error of the outcome.
#[inline]
pub fn mapped<T, U, E>(outcome: Result<T, E>, change: impl FnOnce(T) -> U) -> Result<U, E> {
    outcome.map(change)
}
