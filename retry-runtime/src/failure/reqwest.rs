//! Errors of reqwest.

use std::error::Error;

use super::tls::connect_kind;
use super::{FailureKind, Retryable};

/// Classifies the errors of each version that is on.
macro_rules! classify {
    ($($feature:literal => $reqwest:ident;)*) => {$(
        /// The first row that fits.
        ///
        /// | error | kind | because |
        /// |---|---|---|
        /// | of `error_for_status` | that of the [status](http::StatusCode) | the server says what is wrong; its `Retry-After` is lost there, so use [`CheckStatus`](crate::http::CheckStatus) |
        /// | a certificate that is not trusted, or not for this name or time; a port that speaks no TLS | `Permanent` | the same handshake fails again; known of rustls, and of native-tls where that uses OpenSSL |
        /// | `is_connect`, a `connect_timeout` too | `Connection` | name, refusal, other failures of TLS: no request left |
        /// | `is_timeout` | `Timeout` | no answer in time |
        /// | `is_builder` | `InvalidRequest` | the URL, a header or the body is no good, and stays so |
        /// | `is_redirect` | `Permanent` | the same redirects come again |
        /// | one with an `io::Error` or a `hyper::Error` behind it | its kind | cut off in the middle, most often: `Transient` |
        /// | JSON that ends early, or is empty | `Transient` | cut off, with a head that did not say how long it is |
        /// | `is_decode` | `Permanent` | an answer came, and it is not what we read it as |
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

/// Returns whether JSON could not be read because it ends too early.
fn ends_early(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<serde_json::Error>().is_some_and(serde_json::Error::is_eof)
}
