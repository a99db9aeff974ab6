//! An error that is classified where it is created.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};

/// An error of any type, with the kind of its failure.
///
/// Use it if a function must return an error type that cannot report its kind of failure: a type of
/// another crate, or one that does not keep the status that it was created from. An inner function,
/// which knows the kind and is retried, returns a `Classified`. The outer function unwraps the
/// error:
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{Classified, FailureKind, STANDARD};
/// # mod api {
/// #     #[derive(Debug, PartialEq)] pub struct Error(pub String);
/// #     impl std::fmt::Display for Error {
/// #         fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
/// #     }
/// #     pub async fn send() -> (u16, String) { (404, "no such page".to_owned()) }
/// # }
///
/// async fn page() -> Result<String, api::Error> {
///     STANDARD.run(|| attempt()).await.map_err(Classified::into_inner)
/// }
///
/// async fn attempt() -> Result<String, Classified<api::Error>> {
///     let (status, body) = api::send().await;
///     let kind = match status {
///         200 => return Ok(body),
///         429 => FailureKind::RateLimited,
///         500.. => FailureKind::Unavailable,
///         _ => FailureKind::InvalidRequest,
///     };
///     Err(Classified::new(kind, api::Error(body)))
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// # assert_eq!(page().await, Err(api::Error("no such page".to_owned())));
/// # }
/// ```
///
/// Keep its type: in a `Box<dyn Error>` or an `anyhow::Error`, its kind and hint are not found.
///
/// It converts from [`TimedOut`] and [`CircuitOpen`] if the inner error does, and keeps their
/// kinds. It does not convert from the inner error, because that would need a default kind. Write
/// `.map_err(Classified::permanent)?` instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Classified<E> {
    error: E,
    kind: FailureKind,
    hint: RetryHint,
}

impl<E> Classified<E> {
    /// Classifies an error, without a hint.
    #[must_use]
    pub const fn new(kind: FailureKind, error: E) -> Self {
        Self { error, kind, hint: RetryHint::None }
    }

    /// Classifies an error as [`FailureKind::Permanent`], which is not retried by default.
    #[must_use]
    pub const fn permanent(error: E) -> Self {
        Self::new(FailureKind::Permanent, error)
    }

    /// Sets the hint for the wait before the next attempt: a [`RetryHint`], or, as an
    /// `Option<Duration>`, the wait that the server asked for.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<RetryHint>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// Returns a reference to the inner error.
    pub const fn inner(&self) -> &E {
        &self.error
    }

    /// Returns the inner error.
    pub fn into_inner(self) -> E {
        self.error
    }
}

impl<E> Retryable for Classified<E> {
    fn failure_kind(&self) -> FailureKind {
        self.kind
    }

    fn retry_after(&self) -> Option<Duration> {
        self.hint.duration()
    }

    fn retry_hint(&self) -> RetryHint {
        self.hint
    }
}

impl<E: fmt::Display> fmt::Display for Classified<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<E: Error> Error for Classified<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl<E: From<TimedOut>> From<TimedOut> for Classified<E> {
    fn from(error: TimedOut) -> Self {
        Self::new(error.failure_kind(), error.into())
    }
}

impl<E: From<CircuitOpen>> From<CircuitOpen> for Classified<E> {
    fn from(error: CircuitOpen) -> Self {
        Self::new(error.failure_kind(), error.into())
    }
}
