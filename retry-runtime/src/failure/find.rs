//! Looking for a classified error behind a type-erased one.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::{CircuitOpen, FailureKind, Retryable, TimedOut};

/// The types that this crate classifies itself.
struct Own;

macro_rules! own {
    ($($(#[$when:meta])* $name:ty),* $(,)?) => {
        impl KnownErrors for Own {
            #[inline]
            fn downcast<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e dyn Retryable> {
                $(
                    $(#[$when])*
                    if let Some(found) = error.downcast_ref::<$name>() {
                        return Some(found);
                    }
                )*
                None
            }
        }
    };
}

own! {
    TimedOut,
    CircuitOpen,
    #[cfg(feature = "tokio")]
    tokio::time::error::Elapsed,
    #[cfg(feature = "tokio")]
    tokio::task::JoinError,
    io::Error,
    #[cfg(feature = "http")]
    crate::http::FailedStatus,
    #[cfg(feature = "hyper")]
    hyper::Error,
    #[cfg(feature = "hyper")]
    hyper_util::client::legacy::Error,
    #[cfg(feature = "redis")]
    redis::RedisError,
    #[cfg(feature = "reqwest")]
    reqwest::Error,
    #[cfg(feature = "reqwest")]
    crate::http::RequestError,
    #[cfg(feature = "sqlx")]
    sqlx::Error,
    #[cfg(feature = "tonic")]
    tonic::Status,
}

/// A tuple of error types to look for: `()` to `(A, B, C, D, E, F, G, H)`.
///
/// Implemented for tuples of types that are [`Error`] and [`Retryable`]; not to be implemented
/// elsewhere. See [`FailureKind::find`].
pub trait KnownErrors {
    /// The error itself, if it is of one of these types.
    #[doc(hidden)]
    fn downcast<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e dyn Retryable>;
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Error + Retryable + 'static),*> KnownErrors for ($($name,)*) {
            fn downcast<'e>(_error: &'e (dyn Error + 'static)) -> Option<&'e dyn Retryable> {
                $(
                    if let Some(found) = _error.downcast_ref::<$name>() {
                        return Some(found);
                    }
                )*
                None
            }
        }
    };
}

tuples!();
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);

impl FailureKind {
    /// Searches an error and its chain of sources for one whose kind is known.
    ///
    /// Known are the types of the tuple `K`, and those that this crate classifies: [`TimedOut`],
    /// [`CircuitOpen`], [`std::io::Error`], tokio's `Elapsed` and `JoinError`, and those of the libraries
    /// whose features are on. The outermost match wins. `None` where none is found.
    ///
    /// This is how to classify your own errors behind a `Box<dyn Error>`:
    ///
    /// ```
    /// use retry_runtime::{FailureKind, Retryable};
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

pub(super) fn search<'e, K: KnownErrors>(
    error: &'e (dyn Error + 'static),
) -> Option<&'e dyn Retryable> {
    let mut next = Some(error);
    while let Some(error) = next {
        // An `io::Error` that only carries another error is asked for what it carries, which
        // `source` skips.
        let carried = error.downcast_ref::<io::Error>().and_then(carried);
        if let Some(found) = carried.and_then(search::<K>) {
            return Some(found);
        }
        if let Some(found) = K::downcast(error).or_else(|| Own::downcast(error)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// What an [`io::Error`] of no kind of its own carries.
#[inline]
pub(super) fn carried(error: &io::Error) -> Option<&(dyn Error + 'static)> {
    if error.kind() != io::ErrorKind::Other {
        return None;
    }
    error.get_ref().map(|inner| inner as &(dyn Error + 'static))
}

// Generic, though there is one `K`: see the module above.

#[inline(never)]
fn kind<K: KnownErrors>(error: &(dyn Error + 'static)) -> FailureKind {
    FailureKind::find::<K>(error).unwrap_or(FailureKind::Permanent)
}

#[inline(never)]
fn hint<K: KnownErrors>(error: &(dyn Error + 'static)) -> Option<Duration> {
    search::<K>(error).and_then(Retryable::retry_after)
}

/// The chain of sources is searched for the types that this crate classifies. None found: `Permanent`.
///
/// So a type of your own behind a `Box<dyn Error + Send + Sync>` is never retried unless you look for
/// it with [`FailureKind::find`], for example in `retry_if`.
impl Retryable for dyn Error + Send + Sync {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        kind::<()>(self)
    }

    #[inline]
    fn retry_after(&self) -> Option<Duration> {
        hint::<()>(self)
    }
}

/// As for `dyn Error + Send + Sync`.
impl Retryable for dyn Error {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        kind::<()>(self)
    }

    #[inline]
    fn retry_after(&self) -> Option<Duration> {
        hint::<()>(self)
    }
}
