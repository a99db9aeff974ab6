//! Failed HTTP responses as classified errors, and the hints that responses give about retries.
//!
//! A client returns `Ok` for a 503. [`CheckStatus`] turns it into an error for `reqwest` (feature
//! `reqwest`, or `reqwest-0-12` for that version), and [`CheckResponse`] for `http::Response`
//! (feature `http`), which hyper and others use. The implementation for
//! [`StatusCode`](crate::Retryable#impl-Retryable-for-StatusCode) has the table of kinds.
//! [`FailedStatus`] also uses headers and body.

#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
mod body;
mod codes;
mod failed_status;
mod hints;
mod rate_limit;
#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
mod request;
#[cfg(test)]
mod tests;
mod values;

use http::Response;

pub use failed_status::{ClassifierAlreadySet, FailedStatus, set_classifier};
pub use hints::retry_after;
#[cfg(any(feature = "reqwest", feature = "reqwest-0-12"))]
pub use request::{CheckStatus, RequestError};

/// Turns an [`http::Response`] with a failed status into an error.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use http::{Response, StatusCode};
/// use retry_utils::http::CheckResponse;
/// use retry_utils::{FailureKind, Retryable};
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

    /// Returns this response, unless its status is a failure. The error contains the start of the
    /// body.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status(self) -> Result<Self, FailedStatus>
    where
        Self::Body: AsRef<[u8]>;

    /// Like [`check_status`](Self::check_status), with up to `limit` bytes of the body in the error
    /// instead of [`FailedStatus::BODY_LIMIT`].
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for a 4xx or 5xx.
    fn check_status_with(self, limit: usize) -> Result<Self, FailedStatus>
    where
        Self::Body: AsRef<[u8]>;

    /// Returns this response if its status is a 2xx. For clients that do not follow redirects,
    /// where a 3xx is also a failure.
    ///
    /// # Errors
    ///
    /// [`FailedStatus`] for any other status.
    fn check_success(self) -> Result<Self, FailedStatus>
    where
        Self::Body: AsRef<[u8]>;

    /// Like [`check_status`](Self::check_status), for a body that is not read yet, such as hyper's
    /// `Incoming`. The error has no body.
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
        self.check_status_with(FailedStatus::BODY_LIMIT)
    }

    fn check_status_with(self, limit: usize) -> Result<Self, FailedStatus>
    where
        B: AsRef<[u8]>,
    {
        match FailedStatus::of(self.status(), self.headers()) {
            Some(failed) => Err(failed.with_start(self.body().as_ref(), limit)),
            None => Ok(self),
        }
    }

    fn check_success(self) -> Result<Self, FailedStatus>
    where
        B: AsRef<[u8]>,
    {
        match FailedStatus::unless_success(self.status(), self.headers()) {
            Some(failed) => Err(failed.with_body(self.body().as_ref())),
            None => Ok(self),
        }
    }

    fn check_head(self) -> Result<Self, FailedStatus> {
        FailedStatus::of(self.status(), self.headers()).map_or(Ok(self), Err)
    }
}
