//! Middleware that adds retries and a breaker per host to every request of a reqwest client.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example middleware
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use reqwest_middleware::{ClientBuilder, Error};
use retry_utils::middleware::{CircuitBreakerMiddleware, RetryMiddleware};
use retry_utils::{CircuitBreakers, CircuitOpen, RetryConfig, STANDARD};
use tokio::net::TcpListener;

static UPSTREAMS: CircuitBreakers = CircuitBreakers::new("upstreams").failure_threshold(3);

const QUICK: RetryConfig = STANDARD.base_delay(Duration::from_millis(50));

/// Serves `/answer`, which fails once and then answers, and `/down`, which always fails.
async fn serve() -> std::io::Result<String> {
    let calls = Arc::new(AtomicU32::new(0));
    let answer = move || async move {
        match calls.fetch_add(1, Ordering::Relaxed) {
            0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => "an answer".into_response(),
        }
    };
    let router = Router::new()
        .route("/answer", get(answer))
        .route("/down", get(|| async { StatusCode::BAD_GATEWAY }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let retries =
        RetryMiddleware::new(QUICK).name("upstream").on_retry(|event| println!("{event}"));
    let client = ClientBuilder::new(reqwest::Client::builder().no_proxy().build()?)
        .with(retries)
        .with(CircuitBreakerMiddleware::per_host(&UPSTREAMS))
        .build();

    let url = serve().await?;
    println!("{}", client.get(format!("{url}/answer")).send().await?.text().await?);

    // Three failures open the breaker of this host.
    println!("{}", client.get(format!("{url}/down")).send().await?.status());
    match client.get(format!("{url}/answer")).send().await {
        Err(Error::Middleware(error)) => println!("{}", error.downcast::<CircuitOpen>()?),
        other => println!("not rejected: {other:?}"),
    }
    Ok(())
}
