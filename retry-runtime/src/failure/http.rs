//! HTTP status codes.

use http::StatusCode;

use super::{FailureKind, Retryable};

/// | status | kind | because |
/// |---|---|---|
/// | 408 | `Timeout` | the server waited too long for the request (RFC 9110, 15.5.9) |
/// | 425 | `Transient` | the server refuses an early request that might be a replay; the same request passes later (RFC 8470, 5.2) |
/// | 429 | `RateLimited` | too many requests (RFC 6585, 4) |
/// | 500 | `Unavailable` | an unexpected condition (RFC 9110, 15.6.1) |
/// | 502, 503, 504 | `Unavailable` | a gateway without an answer, an overload, or maintenance (RFC 9110, 15.6.3 to 15.6.5) |
/// | 520 to 524 | `Unavailable` | Cloudflare got no usable answer from the origin ("Cloudflare 5xx errors") |
/// | 530 | `Unavailable` | a Cloudflare error, whose number is in the body (the same page) |
/// | 525, 526 | `Permanent` | the TLS handshake with the origin fails, or its certificate is not valid (the same page) |
/// | 529 | `Unavailable` | the API is overloaded (Anthropic, "Errors") |
/// | 401, 403, 407 | `Unauthorized` | credentials are missing, wrong or insufficient (RFC 9110, 15.5.2, 15.5.4, 15.5.8) |
/// | other 4xx | `InvalidRequest` | the request is wrong (RFC 9110, 15.5) |
/// | other 5xx | `Permanent` | the server cannot serve the request now or later, as with 501 and 505 (RFC 9110, 15.6) |
/// | all others | `Permanent` | 1xx to 3xx are no failures, and no RFC defines the rest |
///
/// A status code has no headers and no body. [`FailedStatus`](crate::http::FailedStatus) has them,
/// and classifies 403, 409, 413 and 423 with a `Retry-After` as `RateLimited`.
impl Retryable for StatusCode {
    fn failure_kind(&self) -> FailureKind {
        match self.as_u16() {
            408 => FailureKind::Timeout,
            425 => FailureKind::Transient,
            429 => FailureKind::RateLimited,
            500 | 502..=504 | 520..=524 | 529 | 530 => FailureKind::Unavailable,
            401 | 403 | 407 => FailureKind::Unauthorized,
            400..=499 => FailureKind::InvalidRequest,
            _ => FailureKind::Permanent,
        }
    }
}
