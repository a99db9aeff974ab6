//! Errors of reqwest.

use std::error::Error as _;

use super::{FailureKind, Retryable};

/// The first row that fits.
///
/// | error | kind | because |
/// |---|---|---|
/// | of `error_for_status` | that of the [status](http::StatusCode) | the server says what is wrong; its `Retry-After` is lost there, so use [`CheckStatus`](crate::http::CheckStatus) |
/// | `is_connect`, a `connect_timeout` too | `Connection` | name, refusal, TLS: no request left |
/// | `is_timeout` | `Timeout` | no answer in time |
/// | `is_builder` | `InvalidRequest` | the URL, a header or the body is no good, and stays so |
/// | `is_redirect` | `Permanent` | the same redirects come again |
/// | one with an `io::Error` or a `hyper::Error` behind it | its kind | cut off in the middle, most often: `Transient` |
/// | `is_decode` | `Permanent` | an answer came, and it is not what we read it as |
/// | all others | `Transient` | the server may have acted on what was sent |
impl Retryable for reqwest::Error {
    fn failure_kind(&self) -> FailureKind {
        match self.status() {
            Some(status) => return status.failure_kind(),
            None if self.is_connect() => return FailureKind::Connection,
            None if self.is_timeout() => return FailureKind::Timeout,
            None if self.is_builder() => return FailureKind::InvalidRequest,
            None if self.is_redirect() => return FailureKind::Permanent,
            None => {}
        }
        match self.source().and_then(FailureKind::find::<()>) {
            Some(kind) => kind,
            None if self.is_decode() => FailureKind::Permanent,
            None => FailureKind::Transient,
        }
    }

    fn as_error(&self) -> Option<&dyn std::error::Error> {
        Some(self)
    }
}
