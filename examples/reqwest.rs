//! A protected request with reqwest, against a server that is busy twice:
//!
//! ```sh
//! cargo run --example reqwest --features reqwest
//! ```

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use axum::http::{HeaderMap, StatusCode};
use retry_utils::http::{CheckStatus, RequestError};
use retry_utils::{CircuitBreaker, Retryable, STANDARD, async_retry, circuit_breaker};

static LLM: CircuitBreaker = CircuitBreaker::new("llm");

/// `send` returns `Ok` for a 503. `check_status` turns it into an error with the `Retry-After` and
/// the start of the body.
#[circuit_breaker(LLM)]
#[async_retry(STANDARD, base_delay = "100ms", attempt_timeout = "5s")]
async fn complete(client: &reqwest::Client, url: &str) -> Result<String, RequestError> {
    Ok(client.get(url).send().await?.check_status().await?.text().await?)
}

/// Answers two requests with 503, the first of them with `Retry-After: 1`.
async fn answer() -> (StatusCode, HeaderMap, &'static str) {
    static REQUESTS: AtomicU32 = AtomicU32::new(0);
    let mut headers = HeaderMap::new();
    match REQUESTS.fetch_add(1, Ordering::Relaxed) {
        0 => {
            headers.insert("retry-after", axum::http::HeaderValue::from_static("1"));
            (StatusCode::TOO_MANY_REQUESTS, headers, "slow down")
        }
        1 => (StatusCode::SERVICE_UNAVAILABLE, headers, "still starting"),
        _ => (StatusCode::OK, headers, "an answer"),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_target(false).without_time().init();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let routes = axum::Router::new()
        .route("/", axum::routing::get(answer))
        .route("/wrong", axum::routing::get(|| async { (StatusCode::BAD_REQUEST, "no prompt") }));
    tokio::spawn(async move { axum::serve(listener, routes).await });

    let client = reqwest::Client::new();
    let started = Instant::now();
    println!("{} after {:.1?}", complete(&client, &url).await?, started.elapsed());

    let error = complete(&client, &format!("{url}wrong")).await.unwrap_err();
    println!("{error} ({}: not retried)", error.failure_kind());
    Ok(())
}
