//! Errors of reqwest.

use std::error::Error;
use std::time::Duration;

use super::find::hint_behind;
use super::tls::connect_kind;
use super::{FailureKind, RetryHint, Retryable};

/// Classifies the errors of each enabled version.
macro_rules! classify {
    ($($feature:literal => $reqwest:ident;)*) => {$(
        /// The first matching row applies.
        ///
        /// | error | kind | because |
        /// |---|---|---|
        /// | from `error_for_status` | that of the [status](http::StatusCode) | the status is the server's answer; its `Retry-After` is lost there, so use [`CheckStatus`](crate::http::CheckStatus) |
        /// | certificate not trusted, or not for this name or time; port without TLS | `Permanent` | the same handshake fails again; detected for rustls, and for native-tls with OpenSSL |
        /// | `is_connect`, including `connect_timeout` | `Connection` | name, refusal, other TLS failures: no request was sent |
        /// | `is_timeout` | `Timeout` | no answer in time |
        /// | `is_builder` | `InvalidRequest` | the URL, a header or the body is invalid, and stays so |
        /// | `is_redirect` | `Permanent` | the same redirects come again |
        /// | has an `io::Error` or a `hyper::Error` behind it | its kind | most often `Transient`: cut off in the middle |
        /// | JSON that ends early, or is empty | `Transient` | cut off, with a head that did not state the length |
        /// | `is_decode` | `Permanent` | an answer came, but not in the expected form |
        /// | all others | `Transient` | the server may have acted on what was sent |
        #[cfg(feature = $feature)]
        impl Retryable for $reqwest::Error {
            fn failure_kind(&self) -> FailureKind {
                match self.status() {
                    Some(status) => return status.failure_kind(),
                    None if self.is_connect() => return connect_kind(self),
                    None if self.is_timeout() => return FailureKind::Timeout,
                    None if self.is_builder() => return FailureKind::InvalidRequest,
                    None if self.is_redirect() => return FailureKind::Permanent,
                    None => {}
                }
                match self.source().and_then(FailureKind::find::<()>) {
                    Some(kind) => kind,
                    None if self.source().is_some_and(ends_early) => FailureKind::Transient,
                    None if self.is_decode() => FailureKind::Permanent,
                    None => FailureKind::Transient,
                }
            }

            fn retry_after(&self) -> Option<Duration> {
                self.retry_hint().duration()
            }

            fn retry_hint(&self) -> RetryHint {
                hint_behind(self)
            }

            fn as_error(&self) -> Option<&dyn Error> {
                Some(self)
            }
        }
    )*};
}

classify! {
    "reqwest" => reqwest;
    "reqwest-0-12" => reqwest_0_12;
}

/// Returns whether JSON could not be parsed because it ends too early.
fn ends_early(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<serde_json::Error>().is_some_and(serde_json::Error::is_eof)
}
