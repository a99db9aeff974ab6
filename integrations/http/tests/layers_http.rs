//! The layers with the clients of hyper and tonic, and with a router of axum.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It writes bytes.

mod support;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::any;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Body as HttpBody, Frame, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use retry_utils::layers::{CircuitBreakerLayer, RetryLayer, failed_status, grpc_status, host};
use retry_utils::observe::Reason;
use retry_utils::testing::{RecordedEvent, Recorder, Testing};
use retry_utils::{
    CircuitBreaker, CircuitBreakers, CircuitOpen, CircuitState, FailureKind, Jitter, RetryConfig,
    Retryable, STANDARD,
};
use support::{Answer, refused, serve};
use tokio::net::TcpListener;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

fn client<B>() -> Client<HttpConnector, B>
where
    B: HttpBody<Data: Send, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    Client::builder(TokioExecutor::new()).build_http()
}

fn delays(recorder: &Recorder, name: &str) -> Vec<Duration> {
    let events = recorder.of(name).into_iter();
    events
        .filter_map(|event| match event {
            RecordedEvent::RetryScheduled { delay, .. } => Some(delay),
            _ => None,
        })
        .collect()
}

fn get(url: &str) -> Request<Empty<Bytes>> {
    Request::get(url).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn a_failed_status_is_retried_after_its_wait() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let layer = RetryLayer::new(PLAIN).name("hyper").classify_ok(failed_status);
    let mut client = layer.layer(client());
    let busy = Answer::response(503, "retry-after: 7\r\n", "busy");
    let url = serve(vec![busy.clone(), Answer::Close, Answer::response(200, "", "good")]).await;
    let response = client.ready().await.unwrap().call(get(&url)).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "good");
    assert_eq!(delays(&recorder, "hyper"), [7, 2].map(Duration::from_secs));

    // The last response is returned with its body.
    let url = serve(vec![busy]).await;
    let response = client.ready().await.unwrap().call(get(&url)).await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "busy");

    recorder.clear();
    let url = format!("http://{}/", refused().await);
    let error = client.ready().await.unwrap().call(get(&url)).await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Connection);
    recorder.assert_retries("hyper", 2);
}

#[tokio::test]
async fn each_host_has_a_breaker() {
    static HOSTS: CircuitBreakers = CircuitBreakers::new("layered-hosts").failure_threshold(1);
    let down = serve(vec![Answer::response(500, "", "")]).await;
    let up = serve(vec![Answer::response(200, "", "")]).await;
    let mut client = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::keyed(&HOSTS, host).classify_ok(failed_status))
        .map_err(BoxError::from)
        .service(client());
    client.ready().await.unwrap().call(get(&down)).await.unwrap();
    let error = client.ready().await.unwrap().call(get(&down)).await.unwrap_err();
    let key = down.trim_start_matches("http://").trim_end_matches('/');
    let open = error.downcast_ref::<CircuitOpen>().unwrap();
    assert_eq!(open.name(), format!("layered-hosts/{key}"));
    client.ready().await.unwrap().call(get(&up)).await.unwrap();
}

#[test]
fn the_host_of_a_request_contains_no_secrets() {
    let of = |uri: &str, header: Option<&str>| {
        let request = Request::get(uri.parse::<Uri>().unwrap());
        let request =
            header.into_iter().fold(request, |request, value| request.header("host", value));
        host(&request.body(()).unwrap())
    };
    assert_eq!(of("http://user:secret@API.example:8080/v1", None), "api.example:8080");
    assert_eq!(of("http://api.example/", Some("other.example")), "api.example");
    assert_eq!(of("/v1", Some("api.example")), "api.example");
    assert_eq!(of("http://[::1]:80/", None), "[::1]:80");
    assert_eq!(of("/v1", None), "");
}

/// The bodies that a router received. The router answers each with 503.
#[derive(Clone, Default)]
struct Bodies(Arc<Mutex<Vec<Bytes>>>);

impl Bodies {
    fn router(&self) -> Router {
        async fn note(State(Bodies(seen)): State<Bodies>, body: Bytes) -> impl IntoResponse {
            seen.lock().unwrap().push(body);
            StatusCode::SERVICE_UNAVAILABLE
        }
        Router::new().route("/", any(note)).with_state(self.clone())
    }

    /// Serves the router. Returns its address.
    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/")
    }

    fn take(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn post(url: &str, body: Body) -> Request<Body> {
    Request::post(url).extension(7_u32).body(body).unwrap()
}

/// Returns two parts and trailers.
fn parts() -> [Result<Frame<Bytes>, BoxError>; 3] {
    let part = |part| Ok(Frame::data(Bytes::from_static(part)));
    [part(b"a long "), part(b"question"), Ok(Frame::trailers(HeaderMap::new()))]
}

#[tokio::test]
async fn a_body_that_is_ready_is_sent_again() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let seen = Bodies::default();
    let url = seen.serve().await;
    let layer = RetryLayer::new(PLAIN)
        .name("ready")
        .clone_ready_body(15, Body::new)
        .classify_ok(failed_status);
    let client = layer.layer(client());
    let send = |body| client.clone().oneshot(post(&url, body));

    send(Body::from("a question")).await.unwrap();
    assert_eq!(seen.take(), ["a question"; 3]);
    send(Body::empty()).await.unwrap();
    assert_eq!(seen.take(), [""; 3]);
    send(Body::new(StreamBody::new(stream::iter(parts())))).await.unwrap();
    assert_eq!(seen.take(), ["a long question"; 3]);
    recorder.assert_gave_up("ready", Reason::AttemptsExhausted);

    // One byte above the limit.
    recorder.clear();
    send(Body::from("a long question?")).await.unwrap();
    assert_eq!(seen.take(), ["a long question?"]);
    recorder.assert_gave_up("ready", Reason::NotRepeatable);

    // Not ready after the first part.
    recorder.clear();
    let late = stream::unfold(parts().into_iter().enumerate(), |mut rest| async {
        let (at, part) = rest.next()?;
        if at > 0 {
            tokio::task::yield_now().await;
        }
        Some((part, rest))
    });
    send(Body::new(StreamBody::new(Box::pin(late)))).await.unwrap();
    assert_eq!(seen.take(), ["a long question"]);
    recorder.assert_gave_up("ready", Reason::NotRepeatable);
    assert_eq!(recorder.retries("ready"), 0);

    // A body that fails leads to an error, as without the layer.
    let [part, ..] = parts();
    let broken = stream::iter([part, Err(BoxError::from("no more"))]);
    send(Body::new(StreamBody::new(broken))).await.unwrap_err();
}

/// A body with endless frames of this text, all of them ready.
struct Endless(Arc<AtomicUsize>, &'static str);

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(self.1.as_bytes())))))
    }
}

#[tokio::test]
async fn only_a_part_of_an_endless_body_is_read() {
    for (text, frames) in [("text", 26), ("", 1024)] {
        let polls = Arc::new(AtomicUsize::new(0));
        let service = service_fn(|request: Request<Body>| async move {
            assert_eq!(request.extensions().get(), Some(&7_u32));
            assert_eq!(request.body().size_hint().exact(), None);
            Ok::<_, Infallible>(())
        });
        let layer = RetryLayer::new(PLAIN).clone_ready_body(100, Body::new);
        let body = Body::new(Endless(Arc::clone(&polls), text));
        layer.layer(service).oneshot(post("http://here.example/", body)).await.unwrap();
        assert_eq!(polls.load(Ordering::Relaxed), frames);
    }
}

#[tokio::test]
async fn a_body_keeps_its_known_length() {
    let service = service_fn(|request: Request<Body>| async move {
        let known = (request.body().size_hint().exact(), request.body().is_end_stream());
        Ok::<_, Infallible>(known)
    });
    for limit in [0, 3, 100] {
        let service = RetryLayer::new(PLAIN).clone_ready_body(limit, Body::new).layer(service);
        let of = |body| service.clone().oneshot(post("http://here.example/", body));
        assert_eq!(of(Body::from("a question")).await.unwrap(), (Some(10), false));
        assert_eq!(of(Body::empty()).await.unwrap(), (Some(0), true));
    }
}

#[tokio::test]
async fn a_router_that_cannot_fail_is_retried_by_its_responses() {
    let _no_waits = Testing::new().scope();
    let seen = Bodies::default();
    let layer = RetryLayer::new(PLAIN).classify_ok(failed_status);
    let layer = layer.clone_ready_body(1024, Body::new);
    let response = layer.layer(seen.router()).oneshot(post("/", Body::from("a question"))).await;
    assert_eq!(response.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(seen.take(), ["a question"; 3]);
}

/// A codec for messages of bytes.
#[derive(Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put(buffer, message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = bytes::Buf::remaining(buffer);
        Ok(Some(bytes::Buf::copy_to_bytes(buffer, length)))
    }
}

/// Starts a server that answers with these codes, and then echoes the message. Returns its
/// endpoint, and a counter of its calls.
async fn serve_codes(codes: Vec<Code>) -> (Endpoint, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let (codes, counted) = (codes.clone(), Arc::clone(&counted));
            let answer = hyper::service::service_fn(move |request: Request<Incoming>| {
                let code = codes.get(counted.fetch_add(1, Ordering::Relaxed)).copied();
                async move {
                    let message = request.into_body().collect().await?.to_bytes();
                    let response = Response::builder().header("content-type", "application/grpc");
                    let (response, message) = match code {
                        Some(code) => (
                            response.header("grpc-status", (code as i32).to_string()),
                            Bytes::new(),
                        ),
                        None => (response, message),
                    };
                    let mut trailers = HeaderMap::new();
                    trailers.insert("grpc-status", "0".parse().unwrap());
                    let body = Full::new(message).with_trailers(async { Some(Ok(trailers)) });
                    Ok::<_, hyper::Error>(response.body(body).unwrap())
                }
            });
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            tokio::spawn(server.serve_connection(TokioIo::new(connection), answer));
        }
    });
    (Channel::from_shared(format!("http://{address}")).unwrap(), calls)
}

fn path() -> http::uri::PathAndQuery {
    http::uri::PathAndQuery::from_static("/test.Test/Call")
}

/// Makes a unary call through the layer.
macro_rules! unary {
    ($layer:expr, $endpoint:expr) => {{
        let channel = ServiceBuilder::new()
            .layer($layer)
            .map_err(BoxError::from)
            .service($endpoint.connect_lazy());
        let mut client = tonic::client::Grpc::new(channel);
        client.ready().await.unwrap();
        let request = tonic::Request::new(Bytes::from_static(b"a message"));
        client.unary(request, path(), Raw).await.map(tonic::Response::into_inner)
    }};
}

macro_rules! retry {
    ($name:literal) => {
        RetryLayer::new(PLAIN)
            .name($name)
            .clone_ready_body(1024, tonic::body::Body::new)
            .classify_ok(grpc_status)
    };
}

#[tokio::test]
async fn a_unary_call_is_retried_by_its_code() {
    let _no_waits = Testing::new().scope();
    let (endpoint, calls) = serve_codes(vec![Code::Unavailable, Code::Aborted]).await;
    assert_eq!(unary!(retry!("unary"), endpoint).unwrap(), "a message");
    assert_eq!(calls.load(Ordering::Relaxed), 3);

    let (endpoint, calls) = serve_codes(vec![Code::Unavailable; 9]).await;
    assert_eq!(unary!(retry!("unary"), endpoint).unwrap_err().code(), Code::Unavailable);
    assert_eq!(calls.load(Ordering::Relaxed), 3);

    let (endpoint, calls) = serve_codes(vec![Code::NotFound; 9]).await;
    assert_eq!(unary!(retry!("unary"), endpoint).unwrap_err().code(), Code::NotFound);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_call_to_an_absent_server_is_retried() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let endpoint = Channel::from_shared(format!("http://{}", refused().await)).unwrap();
    let status = unary!(retry!("absent"), endpoint).unwrap_err();
    assert_eq!(status.failure_kind(), FailureKind::Connection, "{status:?}");
    recorder.assert_retries("absent", 2);
}

#[tokio::test]
async fn a_call_that_streams_its_messages_is_made_once() {
    let _no_waits = Testing::new().scope();
    let recorder = Recorder::new();
    let (endpoint, calls) = serve_codes(vec![Code::Unavailable]).await;
    let channel = ServiceBuilder::new()
        .layer(retry!("streamed"))
        .map_err(BoxError::from)
        .service(endpoint.connect_lazy());
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let messages = stream::unfold(0, |sent| async move {
        tokio::task::yield_now().await;
        (sent < 2).then(|| (Bytes::from_static(b"a message"), sent + 1))
    });
    let request = tonic::Request::new(messages);
    let status = client.client_streaming(request, path(), Raw).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    recorder.assert_gave_up("streamed", Reason::NotRepeatable);
}

#[tokio::test]
async fn a_breaker_counts_codes_and_its_rejection_is_a_status() {
    let breaker = Arc::new(CircuitBreaker::named("layered-tonic").failure_threshold(1));
    let layer = || CircuitBreakerLayer::new(&breaker).classify_ok(grpc_status);
    let (endpoint, _) = serve_codes(vec![Code::NotFound, Code::Unavailable]).await;
    unary!(layer(), endpoint).unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Closed);
    unary!(layer(), endpoint).unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Open);
    let status = unary!(layer(), endpoint).unwrap_err();
    assert_eq!(status.failure_kind(), FailureKind::CircuitOpen, "{status:?}");
}

#[test]
fn a_response_that_is_not_of_grpc_has_the_code_of_its_status() {
    let of = |status: u16| {
        let response = Response::builder().status(status).header("retry-after", "3");
        grpc_status(&response.body(()).unwrap()).map(|status| (status.code(), status.retry_after()))
    };
    assert_eq!(of(200), None);
    for (status, code) in [
        (400, Code::Internal),
        (401, Code::Unauthenticated),
        (403, Code::PermissionDenied),
        (404, Code::Unimplemented),
        (429, Code::Unavailable),
        (502, Code::Unavailable),
        (503, Code::Unavailable),
        (504, Code::Unavailable),
        (418, Code::Unknown),
    ] {
        assert_eq!(of(status), Some((code, Some(Duration::from_secs(3)))), "{status}");
    }
    let fine = Response::builder().header("grpc-status", "0").body(()).unwrap();
    assert_eq!(grpc_status(&fine).map(|status| status.code()), None);
}
