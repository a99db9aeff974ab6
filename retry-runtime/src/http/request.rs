//! Responses of reqwest.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::FailedStatus;
use crate::failure::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};

/// Makes an error of a `reqwest::Response` whose status is a failure.
///
/// `send` returns `Ok` for a 503, and the error of reqwest's `error_for_status` has lost the
/// `Retry-After`.
///
/// ```
/// use retry_runtime::STANDARD;
/// use retry_runtime::http::{CheckStatus, RequestError};
///
/// # async fn example(client: &reqwest::Client, url: &str) -> Result<String, RequestError> {
/// let answer = STANDARD
///     .run(async || {
///         let response = client.get(url).send().await?.check_status().await?;
///         Ok::<_, RequestError>(response.text().await?)
///     })
///     .await?;
/// # Ok(answer)
/// # }
/// ```
pub trait CheckStatus: Sized {
    /// Returns this response, unless its status is a failure.
    ///
    /// The start of a failed response's body is read for the error, up to
    /// [`FailedStatus::BODY_LIMIT`]. Of a body that breaks off, the part that came is kept. A body
    /// that hangs is waited for until the request's timeout: set one, or an `attempt_timeout`.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status(self) -> impl Future<Output = Result<Self, FailedStatus>> + Send;
}

/// Checks the responses of each version of reqwest that is on.
macro_rules! responses {
    ($($(#[$feature:meta])* $response:ty;)*) => {$(
        $(#[$feature])*
        impl CheckStatus for $response {
            async fn check_status(mut self) -> Result<Self, FailedStatus> {
                let Some(failed) = FailedStatus::of(self.status(), self.headers()) else {
                    return Ok(self);
                };
                let mut start = Vec::new();
                while start.len() < FailedStatus::BODY_LIMIT {
                    // An error here is not reported: the response has failed already.
                    let Ok(Some(chunk)) = self.chunk().await else { break };
                    start.extend_from_slice(&chunk);
                }
                Err(failed.with_body(&start))
            }
        }
    )*};
}

responses! {
    #[cfg(feature = "reqwest")]
    reqwest::Response;
    #[cfg(feature = "reqwest-0-12")]
    reqwest_0_12::Response;
}

/// The ways in which a protected request with reqwest fails: an error type for functions that need
/// no other.
///
/// The errors of reqwest, of [`CheckStatus`] and of the attributes convert into it.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The request got no response, or its body could not be read.
    #[cfg(feature = "reqwest")]
    Request(reqwest::Error),
    /// The same of a request with reqwest 0.12.
    #[cfg(feature = "reqwest-0-12")]
    Request012(reqwest_0_12::Error),
    /// The response's status was a failure.
    Status(FailedStatus),
    /// A timeout of this crate ended it.
    TimedOut(TimedOut),
    /// A circuit breaker rejected it; nothing was sent.
    Open(CircuitOpen),
}

impl RequestError {
    /// Returns the status of the response, if there was one that failed.
    #[must_use]
    pub fn status(&self) -> Option<http::StatusCode> {
        match self {
            #[cfg(feature = "reqwest")]
            Self::Request(error) => error.status(),
            #[cfg(feature = "reqwest-0-12")]
            Self::Request012(error) => error.status(),
            Self::Status(failed) => Some(failed.status()),
            Self::TimedOut(_) | Self::Open(_) => None,
        }
    }
}

macro_rules! variants {
    ($($(#[$feature:meta])* $variant:ident($inner:ty);)*) => {
        impl fmt::Display for RequestError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $($(#[$feature])* Self::$variant(inner) => inner.fmt(f),)* }
            }
        }

        impl Error for RequestError {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                match self { $($(#[$feature])* Self::$variant(inner) => inner.source(),)* }
            }
        }

        impl Retryable for RequestError {
            fn failure_kind(&self) -> FailureKind {
                match self { $($(#[$feature])* Self::$variant(inner) => inner.failure_kind(),)* }
            }

            fn retry_after(&self) -> Option<Duration> {
                match self { $($(#[$feature])* Self::$variant(inner) => inner.retry_after(),)* }
            }

            fn retry_hint(&self) -> RetryHint {
                match self { $($(#[$feature])* Self::$variant(inner) => inner.retry_hint(),)* }
            }
        }

        $($(#[$feature])* impl From<$inner> for RequestError {
            fn from(inner: $inner) -> Self {
                Self::$variant(inner)
            }
        })*
    };
}

variants! {
    #[cfg(feature = "reqwest")]
    Request(reqwest::Error);
    #[cfg(feature = "reqwest-0-12")]
    Request012(reqwest_0_12::Error);
    Status(FailedStatus);
    TimedOut(TimedOut);
    Open(CircuitOpen);
}
