//! reqwest against servers of hyper.

#[path = "support/attempts.rs"]
mod attempts;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use attempts::{Outcome, client, get, send};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::Response;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use retry_utils::http::{CheckStatus, FailedStatus, RequestError};
use retry_utils::{FailureKind, Retryable, STANDARD, async_retry};
use tokio::net::TcpListener;

const SEVEN_SECONDS: Option<Duration> = Some(Duration::from_secs(7));

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The answer of a server to a request.
enum Answer {
    Respond(Response<Body>),
    /// Ends the connection with HTTP/1.1, or the stream with HTTP/2.
    Abort,
    Hang,
}

#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

struct Server {
    url: String,
    connections: Arc<AtomicU32>,
}

impl Server {
    /// Starts a server that answers requests by their number, from 1.
    async fn start(version: Version, answer: fn(u32) -> Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicU32::new(0));
        let requests = Arc::new(AtomicU32::new(0));
        let accepted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let io = TokioIo::new(listener.accept().await.unwrap().0);
                accepted.fetch_add(1, Ordering::Relaxed);
                let requests = Arc::clone(&requests);
                let service = service_fn(move |_| {
                    let answer = answer(requests.fetch_add(1, Ordering::Relaxed) + 1);
                    async move {
                        match answer {
                            Answer::Respond(response) => Ok(response),
                            Answer::Abort => Err(io::Error::other("no answer")),
                            Answer::Hang => std::future::pending().await,
                        }
                    }
                });
                // The client reports how the connection ends, so errors are ignored here.
                tokio::spawn(async move {
                    match version {
                        Version::Http1 => {
                            drop(http1::Builder::new().serve_connection(io, service).await);
                        }
                        Version::Http2 => {
                            let builder = http2::Builder::new(TokioExecutor::new());
                            drop(builder.serve_connection(io, service).await);
                        }
                    }
                });
            }
        });
        Self { url, connections }
    }

    fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }
}

fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Returns a body of unknown length with these pieces, which ends with or without a failure.
fn pieces(pieces: &'static [&'static str], breaks: bool) -> Body {
    let frames = pieces.iter().map(|piece| Ok(Frame::data(Bytes::from(*piece))));
    let end = breaks.then(|| Err(io::Error::other("broken")));
    // Yields before each frame, so that frames are sent before a failure.
    let frames = stream::iter(frames.chain(end)).then(async |frame| {
        tokio::task::yield_now().await;
        frame
    });
    StreamBody::new(frames).boxed_unsync()
}

fn status(status: u16, body: Body) -> Answer {
    Answer::Respond(Response::builder().status(status).body(body).unwrap())
}

fn with_header(status: u16, name: &str, value: &str) -> Answer {
    let response = Response::builder().status(status).header(name, value);
    Answer::Respond(response.body(full("slow down")).unwrap())
}

/// Requests a URL with HTTP/2 from the first byte on.
async fn get_by_http2(url: &str) -> Outcome {
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    send(client.get(url)).await
}

#[tokio::test]
async fn a_temporary_failure_is_retried() {
    let server = Server::start(Version::Http1, |request| match request {
        1 => status(503, full("starting")),
        2 => Answer::Abort,
        _ => status(200, full("an answer")),
    });
    get(&server.await.url).await.assert_ok(3, "an answer");
}

#[tokio::test]
async fn each_attempt_waits_as_long_as_the_server_asks_for() {
    let server = Server::start(Version::Http1, |_| with_header(429, "retry-after", "7")).await;
    let failed = get(&server.url).await;
    let text = "429 Too Many Requests: slow down";
    failed.assert_failed(3, FailureKind::RateLimited, SEVEN_SECONDS, text);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_date_is_compared_with_the_date_that_hyper_sends() {
    let server = Server::start(Version::Http1, |_| {
        let in_an_hour = SystemTime::now() + Duration::from_hours(1);
        with_header(503, "retry-after", &httpdate::fmt_http_date(in_an_hour))
    });
    let failed = get(&server.await.url).await;
    // The hint is above the maximum of the policy.
    assert_eq!(failed.attempts, 1);
    let error = failed.result.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Unavailable);
    let hint = error.retry_after().unwrap();
    // The date of the server has whole seconds and may be from the previous second.
    assert!((3598..=3602).contains(&hint.as_secs()), "{hint:?}");
}

#[tokio::test]
async fn a_connection_that_is_kept_alive_serves_all_attempts() {
    // The length of this body is unknown.
    let server =
        Server::start(Version::Http1, |_| status(503, pieces(&["half ", "and half"], false)));
    let server = server.await;
    let failed = get(&server.url).await;
    let text = "503 Service Unavailable: half and half";
    failed.assert_failed(3, FailureKind::Unavailable, None, text);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn each_attempt_connects_to_a_server_that_closes_after_a_response() {
    let server = Server::start(Version::Http1, |_| with_header(503, "connection", "close")).await;
    let failed = get(&server.url).await;
    failed.assert_failed(3, FailureKind::Unavailable, None, "503 Service Unavailable: slow down");
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn the_start_of_a_large_failure_is_enough() {
    let server = Server::start(Version::Http1, |_| status(500, full(vec![b'x'; 10 << 20]))).await;
    let failed = get(&server.url).await;
    let text = format!("500 Internal Server Error: {}", "x".repeat(FailedStatus::BODY_LIMIT));
    failed.assert_failed(3, FailureKind::Unavailable, None, &text);
    assert_eq!(failed.result.unwrap_err().to_string(), text);
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_is_transient() {
    let server = Server::start(Version::Http1, |_| Answer::Abort).await;
    let failed = get(&server.url).await;
    failed.assert_failed(3, FailureKind::Transient, None, "error sending request");
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_transient() {
    let server = Server::start(Version::Http1, |_| status(200, pieces(&["part"], true))).await;
    let failed = get(&server.url).await;
    failed.assert_failed(3, FailureKind::Transient, None, "error decoding response body");
    let server = Server::start(Version::Http1, |request| match request {
        1 => status(200, pieces(&["part"], true)),
        _ => status(200, pieces(&["an ", "answer"], false)),
    });
    get(&server.await.url).await.assert_ok(2, "an answer");
}

#[tokio::test]
async fn a_failure_whose_body_breaks_off_keeps_its_status_and_hint() {
    let server = Server::start(Version::Http1, |_| {
        let response = Response::builder().status(429).header("retry-after", "7");
        Answer::Respond(response.body(pieces(&["slow "], true)).unwrap())
    });
    let failed = get(&server.await.url).await;
    let text = "429 Too Many Requests: slow";
    failed.assert_failed(3, FailureKind::RateLimited, SEVEN_SECONDS, text);
}

#[tokio::test]
async fn a_head_that_hyper_refuses_is_not_retried() {
    let server = Server::start(Version::Http1, |_| status(200, full("an answer"))).await;
    let large = client().get(&server.url).header("x-large", "x".repeat(1 << 20));
    let text = "431 Request Header Fields Too Large";
    send(large).await.assert_failed(1, FailureKind::InvalidRequest, None, text);
}

#[async_retry(STANDARD, attempt_timeout = "5s")]
async fn get_in_time(url: &str, attempts: &AtomicU32) -> Result<String, RequestError> {
    attempts.fetch_add(1, Ordering::Relaxed);
    Ok(client().get(url).send().await?.check_status().await?.text().await?)
}

#[tokio::test(start_paused = true)]
async fn a_request_to_a_server_that_hangs_is_retried_after_the_attempt_timeout() {
    let server = Server::start(Version::Http1, |_| Answer::Hang).await;
    let attempts = AtomicU32::new(0);
    let error = get_in_time(&server.url, &attempts).await.unwrap_err();
    assert_eq!(attempts.into_inner(), 3);
    assert_eq!(error.failure_kind(), FailureKind::Timeout);
    assert!(matches!(error, RequestError::TimedOut(_)), "{error:?}");
}

#[tokio::test]
async fn over_http2_all_attempts_share_a_connection() {
    let server = Server::start(Version::Http2, |request| match request {
        1 => Answer::Abort,
        2 => with_header(503, "retry-after", "7"),
        _ => status(200, pieces(&["an ", "answer"], false)),
    });
    let server = server.await;
    let outcome = get_by_http2(&server.url).await;
    outcome.assert_ok(3, "an answer");
    assert_eq!(outcome.delays, [Duration::from_secs(1), Duration::from_secs(7)]);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_stream_of_http2_that_is_reset_is_transient() {
    let server = Server::start(Version::Http2, |_| Answer::Abort).await;
    let failed = get_by_http2(&server.url).await;
    failed.assert_failed(3, FailureKind::Transient, None, "error sending request");
    let server = Server::start(Version::Http2, |_| status(200, pieces(&["part"], true))).await;
    let failed = get_by_http2(&server.url).await;
    failed.assert_failed(3, FailureKind::Transient, None, "error decoding response body");
}
