//! What generated code asks for `#[circuit_breaker(…, stream)]`.

use std::sync::Arc;

use futures_core::Stream;

use super::NamedSite;
use crate::breaker::{CircuitBreaker, Permit};
use crate::failure::{CircuitOpen, FailureKind};
use crate::registry::Handle;
use crate::stream::{ByPredicate, Guarded};

/// The right to open one connection, and to hand its verdict on to the stream that comes of it.
#[must_use]
pub struct Connection(Permit<'static>);

impl Connection {
    /// The connection failed in this way.
    #[cold]
    pub fn record(self, kind: FailureKind) {
        self.0.record_kind(kind);
    }

    /// The connection failed, and the user's predicate said whether that counts.
    #[cold]
    pub fn judge(self, failed: bool) {
        if failed {
            self.0.failure();
        } else {
            self.0.success();
        }
    }
}

/// Asks a breaker that lives forever, which is listed in the registry from its first use on.
///
/// # Errors
///
/// [`CircuitOpen`] where the breaker rejects the call.
#[inline]
pub fn connect_static(breaker: &'static CircuitBreaker) -> Result<Connection, CircuitOpen> {
    let admitted = breaker.admit_static()?;
    Ok(Connection(Permit::borrowed(admitted)))
}

/// Asks the breaker that an attribute names by a string.
///
/// # Errors
///
/// [`CircuitOpen`] where the breaker rejects the call.
#[inline]
pub fn connect_named(site: &'static NamedSite) -> Result<Connection, CircuitOpen> {
    site.breaker().try_acquire().map(Connection)
}

/// What leads to a breaker for as long as a stream may last.
#[diagnostic::on_unimplemented(
    message = "a stream outlives the call, so its breaker must too: a `static`, or an `Arc<CircuitBreaker>`",
    label = "`{Self}` may be gone while the stream is read",
    note = "declare the breaker as a `static`, or keep it in an `Arc<CircuitBreaker>`, which the stream clones",
    note = "of a `LazyLock` in a `static` name the static itself, without `*`"
)]
pub trait Outlives {
    /// Asks it.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] where the breaker rejects the call.
    fn connect(&self) -> Result<Connection, CircuitOpen>;
}

#[diagnostic::do_not_recommend]
impl Outlives for &'static CircuitBreaker {
    #[inline]
    fn connect(&self) -> Result<Connection, CircuitOpen> {
        self.try_acquire().map(Connection)
    }
}

#[diagnostic::do_not_recommend]
impl Outlives for Arc<CircuitBreaker> {
    #[inline]
    fn connect(&self) -> Result<Connection, CircuitOpen> {
        self.try_acquire_owned().map(Connection)
    }
}

#[diagnostic::do_not_recommend]
impl Outlives for Handle {
    #[inline]
    fn connect(&self) -> Result<Connection, CircuitOpen> {
        self.try_acquire_owned().map(Connection)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Outlives> Outlives for &T {
    #[inline]
    fn connect(&self) -> Result<Connection, CircuitOpen> {
        T::connect(self)
    }
}

/// A stream of results, as a function under the attribute gives it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no stream that a circuit breaker can learn from",
    label = "not a `Stream<Item = Result<T, E>>`",
    note = "with `stream` the function gives `Ok(stream)`, and the items of the stream are `Result`s"
)]
pub trait Connected: Sized {
    /// The error of an item.
    type Error;

    /// The stream with its permit; without one where a fallback gave it. Errors count by their kind.
    ///
    /// `kind` is `Retryable::failure_kind`, and only there to be type-checked: of a bound the compiler would
    /// show the source.
    fn guarded(
        self,
        connection: Option<Connection>,
        kind: fn(&Self::Error) -> FailureKind,
    ) -> Guarded<Self>;

    /// The same; errors count as the user's predicate says.
    fn guarded_by<F: FnMut(&Self::Error) -> bool>(
        self,
        connection: Option<Connection>,
        failed: F,
    ) -> Guarded<Self, ByPredicate<F>>;
}

#[diagnostic::do_not_recommend]
impl<S, T, E> Connected for S
where
    S: Stream<Item = Result<T, E>>,
{
    type Error = E;

    #[inline]
    fn guarded(
        self,
        connection: Option<Connection>,
        _kind: fn(&E) -> FailureKind,
    ) -> Guarded<Self> {
        Guarded::new(connection.map(|connection| connection.0), self)
    }

    #[inline]
    fn guarded_by<F: FnMut(&E) -> bool>(
        self,
        connection: Option<Connection>,
        failed: F,
    ) -> Guarded<Self, ByPredicate<F>> {
        Guarded::by(connection.map(|connection| connection.0), self, failed)
    }
}
