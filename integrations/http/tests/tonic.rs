//! Statuses of tonic's client: those that a server sends, and those that tonic creates for failures
//! of the connection.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It writes bytes.

mod support;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Empty;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use retry_utils::http::FailedStatus;
use retry_utils::{
    CircuitBreaker, CircuitOpen, FailureKind, RetryHint, Retryable, STANDARD, async_retry,
    circuit_breaker,
};
use support::{Answer, refused, serve};
use tokio::net::TcpListener;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

/// A codec for empty messages.
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

/// Starts a server that answers every call with this code and pushback.
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
                    .header("grpc-message", "as scripted");
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
async fn a_status_is_classified_by_its_code() {
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
        assert_eq!((status.code(), status.message()), (code, "as scripted"));
        assert_eq!(status.failure_kind(), kind, "{code:?}");
        assert_eq!(status.retry_after(), None);
    }
    assert_eq!(Status::ok("").failure_kind(), FailureKind::Permanent);
}

async fn pushback(value: &'static str) -> RetryHint {
    let endpoint = serve_status(Code::Unavailable, Some(value)).await;
    call(endpoint).await.unwrap_err().retry_hint()
}

#[tokio::test]
async fn pushback_is_the_hint() {
    for (value, millis) in [("1500", 1500), ("0", 0), ("2147483647", 2_147_483_647)] {
        let wait = Duration::from_millis(millis);
        assert_eq!(pushback(value).await, RetryHint::AtLeast(wait), "{value}");
    }
}

#[tokio::test]
async fn pushback_may_forbid_a_retry() {
    for value in
        ["-1", "soon", "2147483648", "99999999999999999999", "1.5", "+5", "007", "-0", "5s"]
    {
        assert_eq!(pushback(value).await, RetryHint::Never, "{value}");
    }
}

/// Returns a status with these text headers.
fn with_metadata(code: Code, headers: &[(&'static str, &'static str)]) -> Status {
    let mut status = Status::new(code, "as scripted");
    for (name, value) in headers {
        status.metadata_mut().append(*name, value.parse().unwrap());
    }
    status
}

#[test]
fn repeated_pushback_forbids_a_retry() {
    let name = "grpc-retry-pushback-ms";
    let status = with_metadata(Code::Unavailable, &[(name, "5"), (name, "5")]);
    assert_eq!(status.retry_hint(), RetryHint::Never);
    assert_eq!(status.failure_kind(), FailureKind::Unavailable);
}

#[test]
fn pushback_does_not_make_a_code_retryable() {
    let status = with_metadata(Code::InvalidArgument, &[("grpc-retry-pushback-ms", "5")]);
    assert_eq!(status.retry_hint(), RetryHint::AtLeast(Duration::from_millis(5)));
    assert_eq!(status.failure_kind(), FailureKind::InvalidRequest);
}

/// Encodes a number for Protocol Buffers.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn number(field: u64, value: i64) -> Vec<u8> {
    [varint(field << 3), varint(value as u64)].concat()
}

fn bytes(field: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [&varint(field << 3 | 2), &varint(value.len() as u64), value].concat()
}

/// Encodes a `google.rpc.RetryInfo`.
fn retry_info(seconds: i64, nanos: i64) -> Vec<u8> {
    bytes(1, [number(1, seconds), number(2, nanos)].concat())
}

/// Encodes a `google.rpc.QuotaFailure`.
fn quota_failure(ids: &[&str]) -> Vec<u8> {
    ids.iter()
        .flat_map(|id| bytes(1, [bytes(2, "exceeded PerDay"), bytes(5, id)].concat()))
        .collect()
}

/// Encodes a `google.rpc.Status` with these details, each a type and a message.
fn details(details: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let details = details.iter().flat_map(|(name, message)| {
        let url = format!("type.googleapis.com/{name}");
        bytes(3, [bytes(1, url), bytes(2, message)].concat())
    });
    [number(1, 8), bytes(2, "quota")].concat().into_iter().chain(details).collect()
}

fn exhausted(details: Vec<u8>) -> Status {
    Status::with_details(Code::ResourceExhausted, "quota", details.into())
}

/// The longest duration of Protocol Buffers, without its nanoseconds.
const LONGEST: Duration = Duration::from_hours(87_660_000);

const INFO: &str = "google.rpc.RetryInfo";
const QUOTA: &str = "google.rpc.QuotaFailure";

#[test]
fn the_details_may_have_a_hint() {
    let nanos = Duration::from_nanos;
    for (seconds, fraction, hint) in [
        (5, 0, RetryHint::AtLeast(Duration::from_secs(5))),
        (0, 1, RetryHint::AtLeast(nanos(1))),
        (3, 957_525_076, RetryHint::AtLeast(nanos(3_957_525_076))),
        (315_576_000_000, 0, RetryHint::AtLeast(LONGEST)),
        (0, 0, RetryHint::None),
        (-5, 0, RetryHint::None),
        (0, -1, RetryHint::None),
        (5, -1, RetryHint::None),
        (5, 1_000_000_000, RetryHint::None),
        (315_576_000_001, 0, RetryHint::None),
        (i64::MAX, 0, RetryHint::None),
        (i64::MIN, i64::MIN, RetryHint::None),
    ] {
        let info = retry_info(seconds, fraction);
        let status =
            exhausted(details(&[("google.rpc.ErrorInfo", vec![8, 1]), (INFO, info.clone())]));
        assert_eq!(status.retry_hint(), hint, "{seconds} s, {fraction} ns");
        assert_eq!(status.retry_after(), hint.duration());
        assert_eq!(status.failure_kind(), FailureKind::RateLimited);

        let mut status = Status::new(Code::Aborted, "transaction");
        let value = MetadataValue::from_bytes(&info);
        status.metadata_mut().insert_bin("google.rpc.retryinfo-bin", value);
        assert_eq!(status.retry_hint(), hint, "{seconds} s, {fraction} ns");
        assert_eq!(status.failure_kind(), FailureKind::Transient);
    }
    // The smallest encoding.
    let status = exhausted(details(&[(INFO, vec![0x0a, 2, 8, 5])]));
    assert_eq!(status.retry_after(), Some(Duration::from_secs(5)));
}

#[test]
fn the_first_valid_hint_counts() {
    let mut status = exhausted(details(&[(INFO, retry_info(3, 0)), (INFO, retry_info(4, 0))]));
    assert_eq!(status.retry_after(), Some(Duration::from_secs(4)));
    status.metadata_mut().insert("retry-after", "9".parse().unwrap());
    assert_eq!(status.retry_after(), Some(Duration::from_secs(4)));
    status.metadata_mut().insert("grpc-retry-pushback-ms", "2".parse().unwrap());
    assert_eq!(status.retry_after(), Some(Duration::from_millis(2)));
    status.metadata_mut().insert("grpc-retry-pushback-ms", "-1".parse().unwrap());
    assert_eq!(status.retry_hint(), RetryHint::Never);
    let status = with_metadata(Code::Unavailable, &[("retry-after", "9")]);
    assert_eq!(status.retry_hint(), RetryHint::AtLeast(Duration::from_secs(9)));
}

#[test]
fn a_quota_per_day_is_exhausted_and_has_no_useful_hint() {
    let per_minute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
    let per_day = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
    let info = (INFO, retry_info(26, 0));
    for (ids, kind, hint) in [
        (&[per_day][..], FailureKind::ResourceExhausted, None),
        (&[per_minute, per_day], FailureKind::ResourceExhausted, None),
        (&[per_minute], FailureKind::RateLimited, Some(Duration::from_secs(26))),
        (&[], FailureKind::RateLimited, Some(Duration::from_secs(26))),
    ] {
        let status = exhausted(details(&[(QUOTA, quota_failure(ids)), info.clone()]));
        assert_eq!((status.failure_kind(), status.retry_after()), (kind, hint), "{ids:?}");
    }
}

#[test]
fn with_a_quota_per_day_no_hint_counts() {
    let quota = [(QUOTA, quota_failure(&["RequestsPerDay"]))];
    let mut status = exhausted(details(&quota));
    let value = MetadataValue::from_bytes(&retry_info(5, 0));
    status.metadata_mut().insert_bin("google.rpc.retryinfo-bin", value);
    assert_eq!(status.failure_kind(), FailureKind::ResourceExhausted);
    assert_eq!(status.retry_hint(), RetryHint::None);
}

#[test]
fn a_status_made_from_a_response_has_its_hint() {
    for (header, value, hint) in [
        ("x-should-retry", "false", RetryHint::Never),
        ("retry-after", "61", RetryHint::AtLeast(Duration::from_secs(61))),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(header, value.parse().unwrap());
        let failed = FailedStatus::of(StatusCode::SERVICE_UNAVAILABLE, &headers).unwrap();
        let status = Status::from_error(Box::new(failed));
        assert_eq!(status.failure_kind(), FailureKind::Unavailable);
        assert_eq!((status.retry_hint(), status.retry_after()), (hint, hint.duration()));
    }
}

/// Asserts that these details are read without a panic and within the limits.
fn assert_read(details: &[u8]) {
    let status = exhausted(details.to_owned());
    let wait = status.retry_after().unwrap_or_default();
    assert!(wait < LONGEST + Duration::from_secs(1), "{details:?}");
    let kind = status.failure_kind();
    assert!(matches!(kind, FailureKind::RateLimited | FailureKind::ResourceExhausted));
    let mut status = Status::new(Code::ResourceExhausted, "quota");
    let value = MetadataValue::from_bytes(details);
    status.metadata_mut().insert_bin("google.rpc.retryinfo-bin", value);
    assert!(status.retry_after().unwrap_or_default() < LONGEST + Duration::from_secs(1));
}

#[test]
fn details_that_are_malformed_are_no_hint() {
    let whole = details(&[(INFO, retry_info(i64::MAX, 1)), (QUOTA, quota_failure(&["PerDay"]))]);
    for end in 0..whole.len() {
        assert_read(&whole[..end]);
        for byte in 0..=u8::MAX {
            let mut changed = whole.clone();
            changed[end] = byte;
            assert_read(&changed);
        }
    }
    for hostile in [
        vec![0xff; 4096],
        vec![0x80; 4096],
        vec![0x1a; 4096],
        // A length above the rest, and one above the memory.
        vec![0x1a, 0x7f, 0x0a],
        [&[0x1a][..], &varint(u64::MAX)].concat(),
        // Groups have no length.
        vec![0x1b; 4096],
        bytes(3, [bytes(1, "google.rpc.RetryInfo"), vec![0x12, 0xff, 0xff]].concat()),
    ] {
        let status = exhausted(hostile.clone());
        assert_eq!(status.retry_hint(), RetryHint::None, "{hostile:?}");
        assert_eq!(status.failure_kind(), FailureKind::RateLimited, "{hostile:?}");
        assert_read(&hostile);
    }
    // The metadata is not base64.
    let mut status = Status::new(Code::Aborted, "transaction");
    let mut headers = HeaderMap::new();
    headers.insert("google.rpc.retryinfo-bin", "***".parse().unwrap());
    *status.metadata_mut() = MetadataMap::from_headers(headers);
    assert_eq!(status.retry_hint(), RetryHint::None);
}

#[tokio::test]
async fn a_call_without_a_listener_is_a_failed_connection() {
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
async fn a_timeout_of_the_client_is_a_timeout() {
    let endpoint =
        endpoint(&serve(vec![Answer::Hang(String::new())]).await).timeout(Duration::from_secs(5));
    let status = call(endpoint).await.unwrap_err();
    assert_eq!(status.code(), Code::Cancelled, "{status:?}");
    assert_eq!(status.failure_kind(), FailureKind::Timeout, "{status:?}");
}

static BREAKER: CircuitBreaker = CircuitBreaker::new("protected").failure_threshold(1);

#[circuit_breaker(BREAKER)]
#[async_retry(STANDARD, max_attempts = 2, attempt_timeout = "1s")]
async fn never_answered() -> Result<(), Status> {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_timeout_and_a_rejection_are_classified_as_such() {
    let timed_out = never_answered().await.unwrap_err();
    assert_eq!(timed_out.failure_kind(), FailureKind::Timeout, "{timed_out:?}");
    assert!(timed_out.to_string().contains("timed out: the attempt"), "{timed_out}");
    let open = never_answered().await.unwrap_err();
    assert_eq!(open.failure_kind(), FailureKind::CircuitOpen, "{open:?}");
    assert!(open.to_string().contains("circuit breaker `protected` is open"), "{open}");
    assert_eq!(FailureKind::find::<()>(&open), Some(FailureKind::CircuitOpen));
    let source = std::error::Error::source(&open).unwrap();
    assert!(source.is::<CircuitOpen>(), "{source}");
    let boxed: Box<dyn std::error::Error + Send + Sync> = open.into();
    assert_eq!(boxed.failure_kind(), FailureKind::CircuitOpen);
}
