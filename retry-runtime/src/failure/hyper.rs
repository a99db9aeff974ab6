//! Errors of hyper, and of the client in hyper-util.

use std::error::Error as _;

use hyper_util::client::legacy;

use super::{FailureKind, Retryable};

/// The first row that fits.
///
/// | error | kind | because |
/// |---|---|---|
/// | one with an [`io::Error`](std::io::Error) behind it | that of the `io::Error` | it says best what happened |
/// | `is_timeout` | `Timeout` | no answer to a keep-alive, or no head in time |
/// | `is_user` | `Bug` | hyper was used wrongly, or the request's own body failed: it says nothing of the server |
/// | `is_parse` | `Permanent` | an answer came, and it is no HTTP |
/// | all others: closed, cancelled, or cut off in the middle | `Transient` | the server may have acted on what was sent |
impl Retryable for hyper::Error {
    fn failure_kind(&self) -> FailureKind {
        match self.source().and_then(FailureKind::find::<()>) {
            Some(kind) => kind,
            None if self.is_timeout() => FailureKind::Timeout,
            None if self.is_user() => FailureKind::Bug,
            None if self.is_parse() => FailureKind::Permanent,
            None => FailureKind::Transient,
        }
    }

    fn as_error(&self) -> Option<&dyn std::error::Error> {
        Some(self)
    }
}

/// An error before the connection was made is `Connection`: name, refusal, TLS. Any other has the
/// kind of the error behind it, and is `Transient` if that is not known.
impl Retryable for legacy::Error {
    fn failure_kind(&self) -> FailureKind {
        if self.is_connect() {
            return FailureKind::Connection;
        }
        self.source().and_then(FailureKind::find::<()>).unwrap_or(FailureKind::Transient)
    }

    fn as_error(&self) -> Option<&dyn std::error::Error> {
        Some(self)
    }
}
