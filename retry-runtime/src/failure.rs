//! Classification: the kinds of failures, and the errors that have them.
//!
//! The module `kinds` has the table of kinds. `find` has the table of error types that are found
//! behind others.

mod classified;
mod find;
mod hint;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "hyper")]
mod hyper;
mod kinds;
mod own;
#[cfg(any(feature = "redis", feature = "redis-0-32"))]
mod redis;
#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
mod reqwest;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware;
#[cfg(any(feature = "sqlx", feature = "sqlx-0-8"))]
mod sqlx;
mod std_errors;
#[cfg(any(feature = "hyper", feature = "sqlx", feature = "sqlx-0-8"))]
mod tls;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(any(feature = "tonic", feature = "tonic-0-13"))]
mod tonic;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

pub use classified::Classified;
pub use find::KnownErrors;
pub use hint::RetryHint;
pub use kinds::{FailureKind, FailureKinds};
pub use own::{CircuitOpen, TimedOut};

/// An error that knows what kind of failure it is.
///
/// Derive it with `#[derive(Retryable)]`, or implement it by hand. There is no default
/// classification. If an error type is not `Retryable`, functions with `#[async_retry]` or
/// `#[circuit_breaker]` that return it do not compile, unless a predicate such as `retry_if`
/// decides instead.
///
/// These types implement it:
///
/// - [`std::io::Error`]; its implementation has a table of each `ErrorKind`
/// - [`tokio::time::error::Elapsed`](::tokio::time::error::Elapsed) and
///   [`tokio::task::JoinError`](::tokio::task::JoinError)
/// - [`TimedOut`], [`CircuitOpen`] and [`Infallible`](std::convert::Infallible)
/// - `dyn Error`, whose chain of sources is searched like in [`FailureKind::find`]
/// - references, boxes and `Arc`s of types that implement it
///
/// Crate features add the errors of `anyhow`, `hyper` (and hyper-util's client), `redis`,
/// `reqwest`, `sqlx` and `tonic`, and the status codes of `http`. Each feature has the name of its
/// library. The previous major version of a library has its own feature, such as `reqwest-0-12`.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{FailureKind, Retryable};
/// use std::time::Duration;
///
/// enum LlmError { TimedOut, SlowDown { wait: Duration }, BadPrompt }
///
/// impl Retryable for LlmError {
///     fn failure_kind(&self) -> FailureKind {
///         match self {
///             Self::TimedOut => FailureKind::Timeout,
///             Self::SlowDown { .. } => FailureKind::RateLimited,
///             Self::BadPrompt => FailureKind::InvalidRequest,
///         }
///     }
///     fn retry_after(&self) -> Option<Duration> {
///         if let Self::SlowDown { wait } = self { Some(*wait) } else { None }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Retryable`, so its failures cannot be classified",
    label = "this error type is not `Retryable`",
    note = "classify it once: write `#[derive(Retryable)]` with a `#[retry(…)]` on each variant, or `impl Retryable`",
    note = "if the type belongs to another crate, return your own type that wraps it: see `retry_utils::guide::client_library`",
    note = "or decide per function: `retry_if = |error| …` in `#[async_retry]`, `failure_if = |error| …` in `#[circuit_breaker]`"
)]
pub trait Retryable {
    /// Returns the kind of this failure, which decides whether it is retried and whether a breaker
    /// counts it.
    fn failure_kind(&self) -> FailureKind;

    /// Returns the wait that the server asked for, such as HTTP's `Retry-After`. Default: `None`.
    ///
    /// By default, retries take it as the hint [`AtLeast`](RetryHint::AtLeast): the next wait is
    /// never shorter, and jitter is added. An implementation of [`retry_hint`](Self::retry_hint)
    /// can change that.
    fn retry_after(&self) -> Option<Duration> {
        None
    }

    /// Returns how the error limits the wait before the next attempt. Default: at least
    /// [`retry_after`](Self::retry_after).
    ///
    /// Retries read only this method. Circuit breakers read `retry_after`. If that returns `None`,
    /// they read the [`duration`](RetryHint::duration) of this hint. An implementation that
    /// forwards to another error must forward both methods. Otherwise a soft hint becomes a hard
    /// one.
    #[inline]
    fn retry_hint(&self) -> RetryHint {
        self.retry_after().into()
    }

    /// Returns whether the error's type is erased and nothing behind it is classified. Its kind is
    /// then only a default. Not public API.
    #[doc(hidden)]
    fn __retry_utils_is_opaque(&self) -> bool {
        false
    }

    /// Returns this as an [`Error`], so that log lines and events can show its causes. Default:
    /// `None`, which shows only its own text.
    ///
    /// The derive returns the error if it is an [`Error`]. In a manual implementation, write
    /// `Some(self)`. `#[async_retry]` detects an [`Error`] automatically, so this method matters
    /// for [`RetryConfig::run`](crate::RetryConfig::run), [`Retries`](crate::Retries) and layers.
    fn as_error(&self) -> Option<&dyn Error> {
        None
    }
}

/// Returns the wait that an error asks for, from either method. An error type may implement only
/// one of them, or forbid retries and still report when a breaker may send a probe.
#[inline]
pub(crate) fn wait_of<E: Retryable + ?Sized>(error: &E) -> Option<Duration> {
    error.retry_after().or_else(|| error.retry_hint().duration())
}

macro_rules! forward {
    ($($(#[$attribute:meta])* <$($inner:ident)?> $pointer:ty;)*) => {$(
        $(#[$attribute])*
        impl<$($inner: Retryable + ?Sized)?> Retryable for $pointer {
            fn failure_kind(&self) -> FailureKind {
                (**self).failure_kind()
            }

            fn retry_after(&self) -> Option<Duration> {
                (**self).retry_after()
            }

            fn retry_hint(&self) -> RetryHint {
                (**self).retry_hint()
            }

            fn __retry_utils_is_opaque(&self) -> bool {
                (**self).__retry_utils_is_opaque()
            }

            fn as_error(&self) -> Option<&dyn Error> {
                (**self).as_error()
            }
        }
    )*};
}

forward! {
    <T> &T;
    <T> Box<T>;
    <T> Arc<T>;

    /// The kind is that of the first error in the chain of sources that this crate classifies, as
    /// for `Box<dyn Error>`. If there is none, it is `Permanent`.
    ///
    /// An error of your own type inside an `anyhow::Error` is therefore not retried, and
    /// [`Event::Opaque`](crate::observe::Event::Opaque) reports that. To retry it, call
    /// [`FailureKind::find::<(MyError,)>(error.as_ref())`](FailureKind::find) in `retry_if`. A type
    /// that was passed to `context` is not a source. Only anyhow's `downcast_ref` finds it.
    #[cfg(feature = "anyhow")]
    <> anyhow::Error;
}
