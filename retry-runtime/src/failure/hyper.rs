//! Errors of hyper and of hyper-util's client.

use std::error::Error as _;
use std::time::Duration;

use hyper_util::client::legacy;

use super::find::hint_behind;
use super::tls::connect_kind;
use super::{FailureKind, RetryHint, Retryable};

/// The first matching row applies.
///
/// | error | kind | because |
/// |---|---|---|
/// | has an [`io::Error`](std::io::Error) behind it | that of the `io::Error` | it is the most specific |
/// | `is_timeout` | `Timeout` | no answer to a keep-alive, or no head in time |
/// | `is_user` | `Bug` | hyper was used incorrectly, or the request body failed; the server is not the cause |
/// | `is_parse` | `Permanent` | an answer came, but it is not HTTP |
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

    fn retry_after(&self) -> Option<Duration> {
        self.retry_hint().duration()
    }

    fn retry_hint(&self) -> RetryHint {
        hint_behind(self)
    }

    fn as_error(&self) -> Option<&dyn std::error::Error> {
        Some(self)
    }
}

/// The first matching row applies.
///
/// | error | kind | because |
/// |---|---|---|
/// | certificate not trusted, or not for this name or time; port without TLS | `Permanent` | the same handshake fails again |
/// | `is_connect`: name, refusal, other TLS failures | `Connection` | no request was sent |
/// | has an error behind it whose kind is known | that kind | it is the most specific |
/// | all others | `Transient` | the server may have acted on what was sent |
///
/// The first row is detected for rustls, and for native-tls with OpenSSL. On Windows and macOS
/// these failures of native-tls are `Connection`.
impl Retryable for legacy::Error {
    fn failure_kind(&self) -> FailureKind {
        if self.is_connect() {
            return connect_kind(self);
        }
        self.source().and_then(FailureKind::find::<()>).unwrap_or(FailureKind::Transient)
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_hint().duration()
    }

    fn retry_hint(&self) -> RetryHint {
        hint_behind(self)
    }

    fn as_error(&self) -> Option<&dyn std::error::Error> {
        Some(self)
    }
}
