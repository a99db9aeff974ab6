//! Statuses of tonic's client: those that a server sends, and those that tonic makes of failures on the way.

mod support;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use retry_utils::{FailureKind, Retryable};
use support::{Answer, refused, serve};
use tokio::net::TcpListener;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

/// Messages of no bytes.
#[derive(Default)]
struct Nothing;

impl Codec for Nothing {
    type Encode = ();
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Nothing {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), _: &mut EncodeBuf<'_>) -> Result<(), Status> {
        Ok(())
    }
}

impl Decoder for Nothing {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, _: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> {
        Ok(Some(()))
    }
}

/// A server that answers every call with this code, and this pushback.
async fn serve_status(code: Code, pushback: Option<&'static str>) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let answer = service_fn(move |_: Request<hyper::body::Incoming>| async move {
                let mut response = Response::builder()
                    .header("content-type", "application/grpc")
                    .header("grpc-status", (code as i32).to_string())
                    .header("grpc-message", "as told");
                if let Some(pushback) = pushback {
                    response = response.header("grpc-retry-pushback-ms", pushback);
                }
                Ok::<_, Infallible>(response.body(Empty::<Bytes>::new()).unwrap())
            });
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(server.serve_connection(TokioIo::new(connection), answer));
        }
    });
    endpoint(&format!("http://{address}"))
}

fn endpoint(url: &str) -> Endpoint {
    Channel::from_shared(url.to_owned()).unwrap()
}

async fn call(endpoint: Endpoint) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(endpoint.connect_lazy());
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let path = http::uri::PathAndQuery::from_static("/test.Test/Call");
    client.unary(tonic::Request::new(()), path, Nothing).await.map(|_| ())
}

#[tokio::test]
async fn a_status_goes_by_its_code() {
    for (code, kind) in [
        (Code::Unavailable, FailureKind::Unavailable),
        (Code::DeadlineExceeded, FailureKind::Timeout),
        (Code::ResourceExhausted, FailureKind::RateLimited),
        (Code::Aborted, FailureKind::Transient),
        (Code::Unauthenticated, FailureKind::Unauthorized),
        (Code::PermissionDenied, FailureKind::Unauthorized),
        (Code::InvalidArgument, FailureKind::InvalidRequest),
        (Code::NotFound, FailureKind::InvalidRequest),
        (Code::AlreadyExists, FailureKind::InvalidRequest),
        (Code::FailedPrecondition, FailureKind::InvalidRequest),
        (Code::OutOfRange, FailureKind::InvalidRequest),
        (Code::Unimplemented, FailureKind::InvalidRequest),
        (Code::Cancelled, FailureKind::Permanent),
        (Code::Unknown, FailureKind::Permanent),
        (Code::Internal, FailureKind::Permanent),
        (Code::DataLoss, FailureKind::Permanent),
    ] {
        let status = call(serve_status(code, None).await).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (code, "as told"));
        assert_eq!(status.failure_kind(), kind, "{code:?}");
        assert_eq!(status.retry_after(), None);
    }
    assert_eq!(Status::ok("").failure_kind(), FailureKind::Permanent);
}

async fn pushback(value: &'static str) -> Option<Duration> {
    let endpoint = serve_status(Code::Unavailable, Some(value)).await;
    call(endpoint).await.unwrap_err().retry_after()
}

#[tokio::test]
async fn pushback_is_the_hint() {
    assert_eq!(pushback("1500").await, Some(Duration::from_millis(1500)));
    assert_eq!(pushback("0").await, Some(Duration::ZERO));
}

#[tokio::test]
async fn pushback_that_forbids_a_retry_is_longer_than_anybody_waits() {
    for value in ["-1", "soon", "99999999999999999999"] {
        assert_eq!(pushback(value).await, Some(Duration::MAX), "{value}");
    }
}

#[tokio::test]
async fn where_nobody_listens_the_connection_failed() {
    let endpoint = endpoint(&format!("http://{}", refused().await));
    let status = call(endpoint).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.failure_kind(), FailureKind::Connection, "{status:?}");
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_is_transient() {
    let endpoint = endpoint(&serve(vec![Answer::Reset("")]).await);
    let status = call(endpoint).await.unwrap_err();
    assert_eq!(status.failure_kind(), FailureKind::Transient, "{status:?}");
}

#[tokio::test(start_paused = true)]
async fn the_clients_own_timeout_is_a_timeout() {
    let endpoint =
        endpoint(&serve(vec![Answer::Hang(String::new())]).await).timeout(Duration::from_secs(5));
    let status = call(endpoint).await.unwrap_err();
    assert_eq!(status.code(), Code::Cancelled, "{status:?}");
    assert_eq!(status.failure_kind(), FailureKind::Timeout, "{status:?}");
}
