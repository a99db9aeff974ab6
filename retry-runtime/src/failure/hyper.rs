//! Errors of hyper, and of the client in hyper-util.

use std::error::Error as _;

use hyper_util::client::legacy;

use super::tls::connect_kind;
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

/// The first row that fits.
///
/// | error | kind | because |
/// |---|---|---|
/// | a certificate that is not trusted, or not for this name or time; a port that speaks no TLS | `Permanent` | the same handshake fails again |
/// | `is_connect`: name, refusal, other failures of TLS | `Connection` | no request left |
/// | one with an error behind it whose kind is known | that kind | it says best what happened |
/// | all others | `Transient` | the server may have acted on what was sent |
///
/// The first row is known of rustls, and of native-tls where that uses OpenSSL. On Windows and
/// macOS these failures of native-tls are `Connection`.
impl Retryable for legacy::Error {
    fn failure_kind(&self) -> FailureKind {
        if self.is_connect() {
            return connect_kind(self);
        }
        self.source().and_then(FailureKind::find::<()>).unwrap_or(FailureKind::Transient)
    }

    fn as_error(&self) -> Option<&dyn std::error::Error> {
        Some(self)
    }
}
