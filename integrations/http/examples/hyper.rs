//! Retries a request of hyper-util's client until its server is up.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example hyper
//! ```

use std::net::SocketAddr;

use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::TokioExecutor;
use retry_utils::http::{CheckResponse, FailedStatus};
use retry_utils::{FailureKind, FailureKinds, RetryConfig, Retryable, STANDARD, async_retry};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("no response: {0}")]
    #[retry(transparent)]
    Request(#[from] legacy::Error),
    #[error(transparent)]
    #[retry(transparent)]
    Status(#[from] FailedStatus),
    #[error("half a body: {0}")]
    #[retry(transparent)]
    Body(#[from] hyper::Error),
}

/// Retries only requests that were not sent, so it is safe for requests that are not idempotent.
const UNTIL_CONNECTED: RetryConfig =
    STANDARD.retry_on(FailureKinds::of(FailureKind::Connection)).max_attempts(10);

#[async_retry(UNTIL_CONNECTED, base_delay = "50ms", max_delay = "100ms", on_retry = |event| println!("{event:?}"))]
async fn get(uri: &Uri) -> Result<Bytes, Failed> {
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let response = client.get(uri.clone()).await?.check_head()?;
    Ok(response.into_body().collect().await?.to_bytes())
}

/// Starts late, and answers once.
async fn serve(address: SocketAddr) -> std::io::Result<()> {
    tokio::time::sleep(std::time::Duration::from_millis(80)).await;
    let (mut connection, _) = TcpListener::bind(address).await?.accept().await?;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        connection.read_buf(&mut request).await?;
    }
    connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nan answer").await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let server = tokio::spawn(serve(address));
    let answer = get(&format!("http://{address}/").parse()?).await?;
    println!("{}", String::from_utf8_lossy(&answer));
    Ok(server.await??)
}
