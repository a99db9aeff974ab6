//! Responses of reqwest.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use reqwest::Response;

use super::FailedStatus;
use crate::failure::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};
use crate::redact::Redacted;

/// Makes an error of a [`reqwest::Response`] whose status is a failure.
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

impl CheckStatus for Response {
    async fn check_status(mut self) -> Result<Self, FailedStatus> {
        let Some(failed) = FailedStatus::of(self.status(), self.headers()) else { return Ok(self) };
        let mut start = Vec::new();
        while start.len() < FailedStatus::BODY_LIMIT {
            // An error here is not reported: the response has failed already.
            let Ok(Some(chunk)) = self.chunk().await else { break };
            start.extend_from_slice(&chunk);
        }
        Err(failed.with_body(&start))
    }
}

/// The ways in which a protected request with reqwest fails: an error type for functions that need
/// no other.
///
/// The errors of reqwest, of [`CheckStatus`] and of the attributes convert into it. `Display` and
/// `Debug` replace user info, query and fragment of the URL by `…`.
#[non_exhaustive]
pub enum RequestError {
    /// The request got no response, or its body could not be read.
    Request(reqwest::Error),
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
            Self::Request(error) => error.status(),
            Self::Status(failed) => Some(failed.status()),
            Self::TimedOut(_) | Self::Open(_) => None,
        }
    }
}

macro_rules! variants {
    ($($variant:ident($inner:ty)),*) => {
        impl fmt::Display for RequestError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$variant(inner) => fmt::Display::fmt(&Redacted(inner), f)),* }
            }
        }

        impl fmt::Debug for RequestError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$variant(inner) => {
                    f.debug_tuple(stringify!($variant)).field(&Redacted(inner)).finish()
                }),* }
            }
        }

        impl Error for RequestError {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                match self { $(Self::$variant(inner) => inner.source()),* }
            }
        }

        impl Retryable for RequestError {
            fn failure_kind(&self) -> FailureKind {
                match self { $(Self::$variant(inner) => inner.failure_kind()),* }
            }

            fn retry_after(&self) -> Option<Duration> {
                match self { $(Self::$variant(inner) => inner.retry_after()),* }
            }

            fn retry_hint(&self) -> RetryHint {
                match self { $(Self::$variant(inner) => inner.retry_hint()),* }
            }

            fn as_error(&self) -> Option<&dyn Error> {
                Some(self)
            }
        }

        $(impl From<$inner> for RequestError {
            fn from(inner: $inner) -> Self {
                Self::$variant(inner)
            }
        })*
    };
}

variants!(Request(reqwest::Error), Status(FailedStatus), TimedOut(TimedOut), Open(CircuitOpen));
