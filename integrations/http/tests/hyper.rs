//! Errors of hyper and of hyper-util's client, provoked over the loopback interface.

mod support;

use std::future::ready;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Frame};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioIo};
use retry_utils::http::{CheckResponse, FailedStatus};
use retry_utils::{FailureKind, Retryable};
use support::{Answer, refused, serve};
use tokio::net::TcpStream;

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Client(#[from] legacy::Error),
    #[error(transparent)]
    #[retry(transparent)]
    Status(#[from] FailedStatus),
    #[error(transparent)]
    #[retry(transparent)]
    Body(#[from] hyper::Error),
}

/// Requests a URL with hyper-util's client, which opens connections.
async fn get(url: &str) -> Result<Bytes, Failed> {
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.get(url.parse::<Uri>().unwrap()).await?;
    Ok(response.check_head()?.into_body().collect().await?.to_bytes())
}

/// Requests a URL with hyper, over a connection that this function opens.
async fn get_over_connection(url: &str) -> Result<Bytes, hyper::Error> {
    let uri = url.parse::<Uri>().unwrap();
    let stream = TcpStream::connect(uri.authority().unwrap().as_str()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/").header("host", "here").body(Empty::<Bytes>::new()).unwrap();
    Ok(sender.send_request(request).await?.into_body().collect().await?.to_bytes())
}

async fn kinds_of(answer: Answer) -> [FailureKind; 2] {
    let url = serve(vec![answer]).await;
    let by_client = get(&url).await.unwrap_err();
    let by_hand = get_over_connection(&url).await.unwrap_err();
    [by_client.failure_kind(), by_hand.failure_kind()]
}

#[tokio::test]
async fn a_request_that_was_not_sent_is_a_failed_connection() {
    let error = get(&format!("http://{}/", refused().await)).await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Connection, "{error:?}");
    let error = get("http://no-such-host.invalid/").await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Connection, "{error:?}");
}

/// Returns the kind of a failure to connect with this text, which is one of native-tls.
async fn kind_of_connect(text: &'static str) -> FailureKind {
    let connect = move |_: Uri| ready(Err::<TokioIo<TcpStream>, _>(io::Error::other(text)));
    let client: Client<_, Empty<Bytes>> =
        Client::builder(TokioExecutor::new()).build(tower::service_fn(connect));
    client.get(Uri::from_static("https://here.example/")).await.unwrap_err().failure_kind()
}

#[tokio::test]
async fn a_handshake_that_openssl_rejects_is_permanent() {
    for text in [
        "error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify \
         failed:../ssl/statem/statem_clnt.c:1889: (self-signed certificate)",
        "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify \
         failed:../ssl/statem/statem_clnt.c:1919: (Hostname mismatch)",
        "error:0A00010B:SSL routines:ssl3_get_record:wrong version \
         number:../ssl/record/ssl3_record.c:354:",
    ] {
        assert_eq!(kind_of_connect(text).await, FailureKind::Permanent, "{text}");
    }
    for text in [
        "error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure:\
         ../ssl/record/rec_layer_s3.c:1605:SSL alert number 40",
        "unexpected EOF",
    ] {
        assert_eq!(kind_of_connect(text).await, FailureKind::Connection, "{text}");
    }
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_is_transient() {
    assert_eq!(kinds_of(Answer::Close).await, [FailureKind::Transient; 2]);
    assert_eq!(kinds_of(Answer::Reset("")).await, [FailureKind::Transient; 2]);
    let part = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart";
    assert_eq!(kinds_of(Answer::Bytes(part.to_owned())).await, [FailureKind::Transient; 2]);
    assert_eq!(kinds_of(Answer::Reset(part)).await, [FailureKind::Transient; 2]);
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_permanent() {
    let answer = Answer::Bytes("SSH-2.0\r\n\r\n".to_owned());
    assert_eq!(kinds_of(answer).await, [FailureKind::Permanent; 2]);
}

/// A request body that cannot be read.
struct Unreadable;

impl Body for Unreadable {
    type Data = Bytes;
    type Error = std::fmt::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::fmt::Error>>> {
        Poll::Ready(Some(Err(std::fmt::Error)))
    }
}

#[tokio::test]
async fn a_request_that_fails_on_our_side_is_a_bug() {
    let url = serve(vec![Answer::Hang(String::new())]).await;
    let uri = url.parse::<Uri>().unwrap();
    let stream = TcpStream::connect(uri.authority().unwrap().as_str()).await.unwrap();
    let io = TokioIo::new(stream);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("/").header("host", "here").body(Unreadable).unwrap();
    let error = sender.send_request(request).await.unwrap_err();
    assert!(error.is_user(), "{error:?}");
    assert_eq!(error.failure_kind(), FailureKind::Bug);
}

#[tokio::test]
async fn a_failed_status_has_its_kind_and_hint() {
    let url = serve(vec![Answer::response(503, "retry-after: 3\r\n", "busy")]).await;
    let error = get(&url).await.unwrap_err();
    assert_eq!(error.failure_kind(), FailureKind::Unavailable);
    assert_eq!(error.retry_after().map(|hint| hint.as_secs()), Some(3));
}
