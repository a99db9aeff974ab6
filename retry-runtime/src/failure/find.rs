//! The search for a classified error behind a type-erased one.

use std::error::Error;
use std::io;
use std::iter;
use std::time::Duration;

use super::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};

/// Returns the error from the function, if it is of one of these types.
macro_rules! downcast {
    ($error:expr => $($known:ty),*) => {{
        $(if let Some(found) = $error.downcast_ref::<$known>() {
            return Some(found);
        })*
    }};
}

/// Declares the types that this crate classifies, with the features that they need.
macro_rules! known_errors {
    ($($($($feature:literal)|+ =>)? $($known:ty),+;)*) => {
        /// Returns the error itself, if it is of one of these types.
        fn known<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e dyn Retryable> {
            $($(#[cfg(any($(feature = $feature),+))])? downcast!(error => $($known),+);)*
            None
        }
    };
}

known_errors! {
    TimedOut, CircuitOpen, io::Error;
    "tokio" => tokio::time::error::Elapsed, tokio::task::JoinError;
    "http" => crate::http::FailedStatus;
    "hyper" => hyper::Error, hyper_util::client::legacy::Error;
    "redis" => redis::RedisError;
    "redis-0-32" => redis_0_32::RedisError;
    "reqwest" => reqwest::Error;
    "reqwest-0-12" => reqwest_0_12::Error;
    "reqwest" | "reqwest-0-12" => crate::http::RequestError;
    "reqwest-middleware" => reqwest_middleware::Error;
    "sqlx" => sqlx::Error;
    "sqlx-0-8" => sqlx_0_8::Error;
    "tonic" => tonic::Status;
    "tonic-0-13" => tonic_0_13::Status;
}

/// A tuple of error types to search for: `()` to `(A, B, C, D, E, F, G, H)`.
///
/// Implemented for tuples of types that are [`Error`] and [`Retryable`]. Do not implement it for
/// other types. See [`FailureKind::find`].
pub trait KnownErrors {
    /// Returns the error itself, if it is of one of these types.
    #[doc(hidden)]
    fn downcast<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e dyn Retryable>;
}

macro_rules! tuples {
    ($($first:ident $($rest:ident)*)?) => {
        impl<$($first: Error + Retryable + 'static, $($rest: Error + Retryable + 'static),*)?>
            KnownErrors for ($($first, $($rest),*)?)
        {
            fn downcast<'e>(_error: &'e (dyn Error + 'static)) -> Option<&'e dyn Retryable> {
                $(downcast!(_error => $first $(, $rest)*);)?
                None
            }
        }

        $(tuples!($($rest)*);)?
    };
}

tuples!(A B C D E F G H);

impl FailureKind {
    /// Searches an error and its chain of sources for one whose kind is known.
    ///
    /// The search matches the types of the tuple `K` and those that this crate classifies:
    /// [`TimedOut`], [`CircuitOpen`], [`std::io::Error`], tokio's `Elapsed` and `JoinError`, and
    /// those of the libraries whose features are enabled. The outermost match wins. Returns `None`
    /// if there is none.
    ///
    /// It classifies your own errors behind a `Box<dyn Error>`:
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::{FailureKind, Retryable};
    /// # use std::{error::Error, fmt};
    /// # #[derive(Debug)] struct LlmError;
    /// # impl fmt::Display for LlmError {
    /// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("LLM") }
    /// # }
    /// # impl Error for LlmError {}
    /// # impl Retryable for LlmError {
    /// #     fn failure_kind(&self) -> FailureKind { FailureKind::Unavailable }
    /// # }
    /// let error: Box<dyn Error + Send + Sync> = Box::new(LlmError);
    /// assert_eq!(FailureKind::find::<(LlmError,)>(&*error), Some(FailureKind::Unavailable));
    /// assert_eq!(FailureKind::find::<()>(&*error), None);
    /// ```
    #[must_use]
    pub fn find<K: KnownErrors>(error: &(dyn Error + 'static)) -> Option<Self> {
        search::<K>(error).map(Retryable::failure_kind)
    }
}

/// Returns an error and its chain of sources. The length is limited, because an error may be its
/// own source.
pub(super) fn chain<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    iter::successors(Some(error), |error| (*error).source()).take(1000)
}

/// Returns the hint of the classified error behind this one.
#[cfg(any(feature = "hyper", feature = "tonic", feature = "tonic-0-13"))]
pub(super) fn hint_behind(error: &dyn Error) -> RetryHint {
    error.source().and_then(search::<()>).map_or(RetryHint::None, Retryable::retry_hint)
}

/// Searches an error and its chain of sources for one that is classified.
pub(super) fn search<'e, K: KnownErrors>(
    error: &'e (dyn Error + 'static),
) -> Option<&'e dyn Retryable> {
    chain(error).find_map(|error| {
        // `source` skips the error inside an `io::Error`.
        let carried = error.downcast_ref::<io::Error>().and_then(carried);
        carried.and_then(search::<K>).or_else(|| K::downcast(error)).or_else(|| known(error))
    })
}

/// Returns the error inside an [`io::Error`] of the kind `Other`.
pub(super) fn carried(error: &io::Error) -> Option<&(dyn Error + 'static)> {
    let inner = error.get_ref().filter(|_| error.kind() == io::ErrorKind::Other)?;
    Some(inner)
}

macro_rules! searched {
    ($($(#[$docs:meta])* $erased:ty)*) => {$(
        $(#[$docs])*
        impl Retryable for $erased {
            fn failure_kind(&self) -> FailureKind {
                FailureKind::find::<()>(self).unwrap_or(FailureKind::Permanent)
            }

            fn retry_after(&self) -> Option<Duration> {
                search::<()>(self).and_then(Retryable::retry_after)
            }

            fn retry_hint(&self) -> RetryHint {
                search::<()>(self).map_or(RetryHint::None, Retryable::retry_hint)
            }

            fn __retry_utils_is_opaque(&self) -> bool {
                search::<()>(self).is_none()
            }

            fn as_error(&self) -> Option<&dyn Error> {
                Some(self)
            }
        }
    )*};
}

searched! {
    /// The kind is that of the first error in the chain of sources that this crate classifies. If
    /// there is none, it is `Permanent`.
    ///
    /// An error of your own type behind a `Box<dyn Error + Send + Sync>` is therefore not retried,
    /// and [`Event::Opaque`](crate::observe::Event::Opaque) reports that. To retry it, call
    /// [`FailureKind::find`] in `retry_if`.
    dyn Error + Send + Sync

    /// As for `dyn Error + Send + Sync`.
    dyn Error + Send

    /// As for `dyn Error + Send + Sync`.
    dyn Error
}
