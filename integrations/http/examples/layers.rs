//! Layers that add retries and a breaker per host to every request of hyper-util's client.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example layers
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use retry_utils::layers::{CircuitBreakerLayer, RetryLayer, failed_status, host};
use retry_utils::{CircuitBreakers, CircuitOpen, RetryConfig, STANDARD};
use tokio::net::TcpListener;
use tower::{BoxError, ServiceBuilder, ServiceExt};

static UPSTREAMS: CircuitBreakers = CircuitBreakers::new("upstreams").failure_threshold(3);

const QUICK: RetryConfig = STANDARD.base_delay(Duration::from_millis(50));

/// Serves `/echo`, which fails once and then echoes the body, and `/down`, which always fails.
async fn serve() -> std::io::Result<String> {
    let calls = Arc::new(AtomicU32::new(0));
    let echo = move |body: String| async move {
        match calls.fetch_add(1, Ordering::Relaxed) {
            0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => body.into_response(),
        }
    };
    let router = Router::new()
        .route("/echo", post(echo))
        .route("/down", post(|| async { StatusCode::BAD_GATEWAY }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let retries = RetryLayer::new(QUICK)
        .name("upstream")
        .clone_ready_body(64 * 1024, Body::new)
        .classify_ok(failed_status)
        .attempt_timeout(Duration::from_secs(5))
        .on_retry(|event| println!("{event}"));
    let breakers = CircuitBreakerLayer::keyed(&UPSTREAMS, host).classify_ok(failed_status);
    let client = ServiceBuilder::new()
        .layer(retries)
        .layer(breakers)
        .map_err(BoxError::from)
        .service(Client::builder(TokioExecutor::new()).build_http::<Body>());

    let url = serve().await?;
    let request = |path: &str| Request::post(format!("{url}{path}")).body(Body::from("a question"));
    let response = client.clone().oneshot(request("/echo")?).await?;
    println!("{:?}", response.into_body().collect().await?.to_bytes());

    // Three failures open the breaker of this host.
    let response = client.clone().oneshot(request("/down")?).await?;
    println!("{}", response.status());
    let error = client.oneshot(request("/echo")?).await.unwrap_err();
    println!("{}", error.downcast::<CircuitOpen>()?);
    Ok(())
}
