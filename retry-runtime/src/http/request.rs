//! Responses of reqwest.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use super::body::{Start, briefly};
use super::failed_status::FailedStatus;
use crate::failure::{CircuitOpen, FailureKind, RetryHint, Retryable, TimedOut};
use crate::redact::Redacted;

/// Makes an error of a `reqwest::Response` whose status is a failure.
///
/// `send` returns `Ok` for a 503, and the error of reqwest's `error_for_status` has lost the
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
    /// The start of a failed response's body is read for the error: up to
    /// [`FailedStatus::BODY_LIMIT`], and of a JSON body up to 16 KiB for an error code. That takes
    /// 250 ms at most. If the body takes longer or breaks off, the part that came is kept. Without
    /// a timer, as under `tokio` outside of its runtime, the part that has come is not waited for
    /// either.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status(self) -> impl Future<Output = Result<Self, FailedStatus>> + Send;

    /// The same, with up to this many bytes of the body in the error. No more are read.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status_with(
        self,
        limit: usize,
    ) -> impl Future<Output = Result<Self, FailedStatus>> + Send;

    /// Returns this response if its status is a 2xx. For clients that follow no redirects, to which
    /// a 3xx is a failure too.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for any other status.
    fn check_success(self) -> impl Future<Output = Result<Self, FailedStatus>> + Send;
}

/// Ends a function with this response, or with its failure and the start of the body.
macro_rules! check {
    ($response:ident, $failed:expr, $start:expr) => {{
        let Some(failed) = $failed else { return Ok($response) };
        let (mut response, mut start) = ($response, $start);
        briefly(async {
            while start.is_wanted() {
                // An error here is not reported: the response has failed already.
                let Ok(Some(chunk)) = response.chunk().await else { break };
                start.push(&chunk);
            }
        })
        .await;
        Err(start.into_body_of(failed))
    }};
}

/// Checks the responses of each version of reqwest that is on.
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

/// The ways in which a protected request with reqwest fails: an error type for functions that need
/// no other.
///
/// The errors of reqwest, of [`CheckStatus`] and of the attributes convert into it. `Display` and
/// `Debug` replace user info, query and fragment of the URL by `…`.
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
