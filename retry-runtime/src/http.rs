//! HTTP responses that failed, as errors that can be classified, with their `Retry-After`.
//!
//! A client returns `Ok` for a 503. [`CheckStatus`] makes an error of it for `reqwest` (feature
//! `reqwest`), and [`CheckResponse`] for `http::Response` (feature `http`), which hyper and others
//! use. The implementation for [`StatusCode`](crate::Retryable#impl-Retryable-for-StatusCode) has
//! the table of kinds.

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
use crate::name::Escaped;

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
    /// The number of bytes of a body that are kept: enough for an API's error message.
    pub const BODY_LIMIT: usize = 1024;

    /// Returns a failed response by its head, or `None` if the status is no failure.
    ///
    /// For clients with a response type of their own. [`with_body`](Self::with_body) adds what they
    /// have read.
    #[must_use]
    pub fn of(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let failed = status.is_client_error() || status.is_server_error();
        failed.then(|| Self { status, retry_after: retry_after(headers), body: String::new() })
    }

    /// Sets the body to the start of this one, up to [`BODY_LIMIT`](Self::BODY_LIMIT). Invalid
    /// UTF-8 becomes U+FFFD.
    #[must_use]
    pub fn with_body(self, body: &[u8]) -> Self {
        let start = &body[..body.len().min(Self::BODY_LIMIT)];
        let mut text = String::from_utf8_lossy(start).into_owned();
        let is_cut = start.utf8_chunks().last().is_some_and(|chunk| !chunk.invalid().is_empty());
        // A character that the limit cuts in two is left out.
        if is_cut && start.len() == Self::BODY_LIMIT {
            text.pop();
        }
        Self { body: text, ..self }
    }

    /// Returns the status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the start of the body, at most [`BODY_LIMIT`](Self::BODY_LIMIT) bytes of it. Empty
    /// if none was read.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// `503 Service Unavailable`, then a colon and the start of the body, with its control characters
/// escaped: in a log it is one line.
impl fmt::Display for FailedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        if let Some(reason) = self.status.canonical_reason() {
            write!(f, " {reason}")?;
        }
        match self.body.trim() {
            "" => Ok(()),
            body => write!(f, ": {}", Escaped(body)),
        }
    }
}

impl Error for FailedStatus {}

impl Retryable for FailedStatus {
    fn failure_kind(&self) -> FailureKind {
        self.status.failure_kind()
    }

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

    /// Returns this response, unless its status is a failure. The error has the start of the body.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status(self) -> Result<Self, FailedStatus>
    where
        Self::Body: AsRef<[u8]>;

    /// The same for a body that is still to be read, such as hyper's `Incoming`. The error has no
    /// body.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_head(self) -> Result<Self, FailedStatus>;
}

impl<B> CheckResponse for Response<B> {
    type Body = B;

    fn check_status(self) -> Result<Self, FailedStatus>
    where
        B: AsRef<[u8]>,
    {
        match FailedStatus::of(self.status(), self.headers()) {
            Some(failed) => Err(failed.with_body(self.body().as_ref())),
            None => Ok(self),
        }
    }

    fn check_head(self) -> Result<Self, FailedStatus> {
        FailedStatus::of(self.status(), self.headers()).map_or(Ok(self), Err)
    }
}
