//! Responses of reqwest.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::body::{Start, briefly};
use super::failed_status::FailedStatus;
use crate::failure::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};
use crate::redact::Redacted;

/// Turns a `reqwest::Response` with a failed status into an error.
///
/// `send` returns `Ok` for a 503, and the error of reqwest's `error_for_status` loses the
/// `Retry-After`.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::STANDARD;
/// use retry_utils::http::{CheckStatus, RequestError};
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
    /// The error contains the start of the body, up to [`FailedStatus::BODY_LIMIT`]. Of a JSON
    /// body, up to 16 KiB are read for an error code. Reading takes 250 ms at most. If the body
    /// takes longer or breaks off, the part that has arrived is kept. Without a timer, such as
    /// outside of a runtime with the feature `tokio`, only the part that is already available is
    /// read.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status(self) -> impl Future<Output = Result<Self, FailedStatus>> + Send;

    /// Like [`check_status`](Self::check_status), but reads and keeps at most `limit` bytes of the
    /// body.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status_with(
        self,
        limit: usize,
    ) -> impl Future<Output = Result<Self, FailedStatus>> + Send;

    /// Returns this response if its status is a 2xx. For clients that do not follow redirects,
    /// where a 3xx is also a failure.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for any other status.
    fn check_success(self) -> impl Future<Output = Result<Self, FailedStatus>> + Send;
}

/// Returns this response, or its failure with the start of the body, from the function.
macro_rules! check {
    ($response:ident, $failed:expr, $start:expr) => {{
        let Some(failed) = $failed else { return Ok($response) };
        let (mut response, mut start) = ($response, $start);
        briefly(async {
            while start.is_wanted() {
                // This error is not reported, because the response has already failed.
                let Ok(Some(chunk)) = response.chunk().await else { break };
                start.push(&chunk);
            }
        })
        .await;
        Err(start.into_body_of(failed))
    }};
}

/// Implements [`CheckStatus`] for each enabled version of reqwest.
macro_rules! responses {
    ($($(#[$feature:meta])* $response:ty;)*) => {$(
        $(#[$feature])*
        impl CheckStatus for $response {
            async fn check_status(self) -> Result<Self, FailedStatus> {
                check!(self, FailedStatus::of(self.status(), self.headers()), Start::new())
            }

            async fn check_status_with(self, limit: usize) -> Result<Self, FailedStatus> {
                let start = Start::limited_to(limit);
                check!(self, FailedStatus::of(self.status(), self.headers()), start)
            }

            async fn check_success(self) -> Result<Self, FailedStatus> {
                let failed = FailedStatus::unless_success(self.status(), self.headers());
                check!(self, failed, Start::new())
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

/// The failures of a protected request with reqwest: an error type for functions that need no
/// other.
///
/// The errors of reqwest, of [`CheckStatus`] and of the attributes convert into it. `Display` and
/// `Debug` replace user info, query and fragment of the URL with `…`.
#[non_exhaustive]
pub enum RequestError {
    /// The request got no response, or its body could not be read.
    #[cfg(feature = "reqwest")]
    Request(reqwest::Error),
    /// The same for a request with reqwest 0.12.
    #[cfg(feature = "reqwest-0-12")]
    Request012(reqwest_0_12::Error),
    /// The response's status was a failure.
    Status(FailedStatus),
    /// A timeout of this crate ended the request.
    TimedOut(TimedOut),
    /// A circuit breaker rejected the request. Nothing was sent.
    Open(CircuitOpen),
}

impl RequestError {
    /// Returns the status of the response, if there was a failed one.
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
                match self { $(
                    $(#[$feature])*
                    Self::$variant(inner) => fmt::Display::fmt(&Redacted(inner), f),
                )* }
            }
        }

        impl fmt::Debug for RequestError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(
                    $(#[$feature])*
                    Self::$variant(inner) => {
                        f.debug_tuple(stringify!($variant)).field(&Redacted(inner)).finish()
                    }
                )* }
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

            fn as_error(&self) -> Option<&dyn Error> {
                Some(self)
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
