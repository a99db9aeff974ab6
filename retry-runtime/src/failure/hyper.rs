//! Errors of hyper, and of the client in hyper-util.

use std::error::Error as _;

use hyper_util::client::legacy;

use super::find::search;
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
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        match self.source().and_then(search::<()>) {
            Some(behind) => behind.failure_kind(),
            None if self.is_timeout() => FailureKind::Timeout,
            None if self.is_user() => FailureKind::Bug,
            None if self.is_parse() => FailureKind::Permanent,
            None => FailureKind::Transient,
        }
    }
}

/// What failed before a connection stood is `Connection`: name, refusal, TLS. All else has the kind of what is behind
/// it, and `Transient` where nothing known is.
impl Retryable for legacy::Error {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        if self.is_connect() {
            return FailureKind::Connection;
        }
        self.source().and_then(search::<()>).map_or(FailureKind::Transient, Retryable::failure_kind)
    }
}
