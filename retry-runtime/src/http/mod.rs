//! HTTP responses that failed: from a status to an error that can be classified, with its `Retry-After`.
//!
//! A client gives `Ok` for a 503. [`CheckStatus`] makes an error of it for `reqwest` (feature `reqwest`), and
//! [`CheckResponse`] for `http::Response` (feature `http`), which hyper and others use. Which status is of which kind
//! is in the table at [`StatusCode`'s implementation](crate::Retryable#impl-Retryable-for-StatusCode).

#[cfg(feature = "reqwest")]
mod request;
mod retry_after;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Response, StatusCode};

#[cfg(feature = "reqwest")]
pub use request::{CheckStatus, RequestError};
pub use retry_after::retry_after;

use crate::failure::{FailureKind, Retryable};

/// A response whose status says that the request failed: any 4xx or 5xx.
///
/// Its kind is that of the status; its hint is the response's `Retry-After`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStatus {
    status: StatusCode,
    retry_after: Option<Duration>,
    body: String,
}

impl FailedStatus {
    /// How much of a body is kept, in bytes: enough for an API's error message.
    pub const BODY_LIMIT: usize = 1024;

    /// A failed response by its head; `None` where the status is no failure.
    ///
    /// For clients with a response type of their own. [`with_body`](Self::with_body) adds what they have read.
    #[must_use]
    #[inline]
    pub fn of(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let failed = status.is_client_error() || status.is_server_error();
        failed.then(|| Self { status, retry_after: retry_after(headers), body: String::new() })
    }

    /// With the start of this body, up to [`BODY_LIMIT`](Self::BODY_LIMIT). What is no UTF-8 becomes U+FFFD.
    #[must_use]
    #[inline]
    pub fn with_body(self, body: &[u8]) -> Self {
        let start = &body[..body.len().min(Self::BODY_LIMIT)];
        let mut body_start = String::from_utf8_lossy(start).into_owned();
        // A character that the limit cuts in two is left out.
        if start.len() < body.len()
            && start.utf8_chunks().last().is_some_and(|chunk| !chunk.invalid().is_empty())
        {
            body_start.pop();
        }
        Self { body: body_start, ..self }
    }

    /// The status.
    #[must_use]
    #[inline]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The start of the body, at most [`BODY_LIMIT`](Self::BODY_LIMIT) bytes of it; empty where none was read.
    #[must_use]
    #[inline]
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// `503 Service Unavailable`, and the start of the body behind a colon.
impl fmt::Display for FailedStatus {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        if let Some(reason) = self.status.canonical_reason() {
            write!(f, " {reason}")?;
        }
        match self.body.trim() {
            "" => Ok(()),
            body => write!(f, ": {body}"),
        }
    }
}

impl Error for FailedStatus {}

impl Retryable for FailedStatus {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        self.status.failure_kind()
    }

    #[inline]
    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// Makes an error of an [`http::Response`] whose status is a failure.
///
/// ```
/// use http::{Response, StatusCode};
/// use retry_runtime::http::CheckResponse;
/// use retry_runtime::{FailureKind, Retryable};
/// use std::time::Duration;
///
/// let response = Response::builder().status(503).header("retry-after", "7").body("maintenance")?;
/// let failed = response.check_status().unwrap_err();
/// assert_eq!(failed.to_string(), "503 Service Unavailable: maintenance");
/// assert_eq!(failed.failure_kind(), FailureKind::Unavailable);
/// assert_eq!(failed.retry_after(), Some(Duration::from_secs(7)));
/// # Ok::<(), http::Error>(())
/// ```
pub trait CheckResponse: Sized {
    /// The body of this response.
    type Body;

    /// This response, unless its status is a failure; the error has the start of the body.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status(self) -> Result<Self, FailedStatus>
    where
        Self::Body: AsRef<[u8]>;

    /// The same for a body that is still to be read, such as hyper's `Incoming`: the error has none of it.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_head(self) -> Result<Self, FailedStatus>;
}

impl<B> CheckResponse for Response<B> {
    type Body = B;

    #[inline]
    fn check_status(self) -> Result<Self, FailedStatus>
    where
        B: AsRef<[u8]>,
    {
        match FailedStatus::of(self.status(), self.headers()) {
            Some(failed) => Err(failed.with_body(self.body().as_ref())),
            None => Ok(self),
        }
    }

    #[inline]
    fn check_head(self) -> Result<Self, FailedStatus> {
        match FailedStatus::of(self.status(), self.headers()) {
            Some(failed) => Err(failed),
            None => Ok(self),
        }
    }
}
