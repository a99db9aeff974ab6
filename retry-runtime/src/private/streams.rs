//! Support for `#[circuit_breaker(…, stream)]` in generated code.

use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;

use super::owner::NONE;
use crate::breaker::{CircuitBreaker, Handle, Permit};
use crate::failure::{CircuitOpen, FailureKind, Retryable};
use crate::registry;
use crate::stream::{CountByKind, CountByPredicate, Guarded};

/// A permit for one connection. It passes to the stream that the connection returns.
#[must_use]
pub struct Connection(Permit<'static>);

impl Connection {
    /// Records that the connection failed in this way, by an error that may have a hint.
    #[cold]
    pub fn record(self, kind: FailureKind, hint: impl FnOnce() -> Option<Duration>) {
        self.0.record_kind(kind, hint);
    }

    /// Records the answer of the user's predicate about a connection that failed.
    #[cold]
    pub fn judge(self, failed: bool, hint: impl FnOnce() -> Option<Duration>) {
        if failed {
            self.0.failure_with(hint);
        } else {
            self.0.success();
        }
    }
}

/// Asks a breaker that lives forever. The registry lists it from its first use on.
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
    message = "a stream outlives the call, so its breaker must too: a `static`, or an `Arc<CircuitBreaker>`",
    label = "`{Self}` may be gone while the stream is read",
    note = "declare the breaker as a `static`, or keep it in an `Arc<CircuitBreaker>`, which the stream clones",
    note = "if the breaker is a `LazyLock` in a `static`, name the static itself, without `*`"
)]
pub trait Outlives {
    /// Asks the breaker.
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

/// Without a breaker the connection is admitted, and counts nowhere.
#[diagnostic::do_not_recommend]
impl<T: Outlives> Outlives for Option<T> {
    fn connect(&self) -> Result<Connection, CircuitOpen> {
        self.as_ref().map_or_else(|| NONE.try_acquire().map(Connection), T::connect)
    }
}

/// A stream of results, as a function under the attribute returns it.
///
/// `M` has two possible types, and the second never applies. With a single implementation, the
/// compiler would infer the guarded stream's type from it even where it does not apply, and would
/// report a second error: that this type is not a stream.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream that a circuit breaker can learn from",
    label = "not a `Stream<Item = Result<T, E>>` with an `E` that is `Retryable`",
    note = "with `stream` the function gives `Ok(stream)`, and the items of the stream are `Result`s",
    note = "classify their error: `#[derive(Retryable)]` with a `#[retry(…)]` on each variant, or `failure_if = |error| …` in the attribute"
)]
pub trait Connected<M>: Sized {
    /// The stream with its permit.
    type Guarded;

    /// Guards the stream. Without a connection, if a fallback returned it, nothing is counted.
    fn guarded(self, connection: Option<Connection>) -> Self::Guarded;
}

impl<S, T, E> Connected<CountByKind> for S
where
    S: Stream<Item = Result<T, E>>,
    E: Retryable,
{
    type Guarded = Guarded<S>;

    fn guarded(self, connection: Option<Connection>) -> Guarded<S> {
        Guarded::new(connection.map(|connection| connection.0), self, CountByKind)
    }
}

/// Implemented for nothing.
pub trait Never {}

/// Applies to nothing.
pub struct ByNothing;

impl<S: Never> Connected<ByNothing> for S {
    type Guarded = S;

    fn guarded(self, _: Option<Connection>) -> S {
        self
    }
}

/// A stream of results whose errors a predicate counts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream that a circuit breaker can learn from",
    label = "not a `Stream<Item = Result<T, E>>`",
    note = "with `stream` the function gives `Ok(stream)`, and the items of the stream are `Result`s"
)]
pub trait Judgeable: Sized {
    /// The error of an item.
    type Error;

    /// Guards the stream. Without a connection, if a fallback returned it, nothing is counted.
    fn guarded_by<F: FnMut(&Self::Error) -> bool>(
        self,
        connection: Option<Connection>,
        failed: F,
    ) -> Guarded<Self, CountByPredicate<F>>;
}

#[diagnostic::do_not_recommend]
impl<S, T, E> Judgeable for S
where
    S: Stream<Item = Result<T, E>>,
{
    type Error = E;

    fn guarded_by<F: FnMut(&E) -> bool>(
        self,
        connection: Option<Connection>,
        failed: F,
    ) -> Guarded<Self, CountByPredicate<F>> {
        Guarded::new(connection.map(|connection| connection.0), self, CountByPredicate(failed))
    }
}
