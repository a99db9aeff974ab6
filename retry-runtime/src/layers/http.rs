//! Failures from HTTP responses, and keys from HTTP requests.

use ::http::{Request, Response};

use crate::http::FailedStatus;

/// Returns the failure of an HTTP response, from its status and headers. The body stays unread.
///
/// Use it in `classify_ok` of the layers. A 4xx or 5xx is a failure, with the kind and hint
/// described at [`FailedStatus`].
#[must_use]
pub fn failed_status<B>(response: &Response<B>) -> Option<FailedStatus> {
    FailedStatus::of(response.status(), response.headers())
}

/// Returns the failure of a gRPC response, from its head.
///
/// Use it in `classify_ok` of the layers. A server that fails before it sends a message puts the
/// status into the headers. A status after messages is in the trailers, which only the caller
/// reads. A response without a gRPC status gets the code for its HTTP status, from gRPC's document
/// "HTTP to gRPC Status Code Mapping".
#[cfg(feature = "tonic")]
#[must_use]
pub fn grpc_status<B>(response: &Response<B>) -> Option<tonic::Status> {
    use ::http::StatusCode as S;
    use tonic::{Code, Status};

    if let Some(status) = Status::from_header_map(response.headers()) {
        return (status.code() != Code::Ok).then_some(status);
    }
    let code = match response.status() {
        S::OK => return None,
        S::BAD_REQUEST => Code::Internal,
        S::UNAUTHORIZED => Code::Unauthenticated,
        S::FORBIDDEN => Code::PermissionDenied,
        S::NOT_FOUND => Code::Unimplemented,
        S::TOO_MANY_REQUESTS | S::BAD_GATEWAY | S::SERVICE_UNAVAILABLE | S::GATEWAY_TIMEOUT => {
            Code::Unavailable
        }
        _ => Code::Unknown,
    };
    let metadata = tonic::metadata::MetadataMap::from_headers(response.headers().clone());
    Some(Status::with_metadata(code, response.status().to_string(), metadata))
}

/// Returns the host of an HTTP request, with its port if the URI has one, as a key for
/// [`CircuitBreakerLayer::keyed`](super::CircuitBreakerLayer::keyed).
///
/// The host comes from the URI, or else from the header `Host`. Without either it is empty. User
/// info is omitted.
#[must_use]
pub fn host<B>(request: &Request<B>) -> String {
    let in_header = || request.headers().get(::http::header::HOST)?.to_str().ok();
    let authority =
        request.uri().authority().map(::http::uri::Authority::as_str).or_else(in_header);
    let host = authority.unwrap_or_default();
    host.rsplit_once('@').map_or(host, |(_, host)| host).to_ascii_lowercase()
}
