//! The operator page, with breakers and retries that always have something to show.
//!
//! ```text
//! cargo run --example page --features axum,testing               # http://127.0.0.1:8090/resilience
//! cargo run --example page --features axum,testing -- --check    # requests the page once
//! ```

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use retry_utils::page::Page;
use retry_utils::testing::Injector;
use retry_utils::{
    CircuitBreaker, CircuitBreakers, CircuitOpen, Mode, RetryBudget, RetryConfig, Retryable,
    STANDARD, Window, async_retry, circuit_breaker, registry,
};
use tokio::net::TcpListener;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A real program reads it from its settings.
const TOKEN: &str = "example-token-1234";

const POLICY: RetryConfig = STANDARD.base_delay(Duration::from_millis(300));

static LLM_API: CircuitBreaker =
    CircuitBreaker::new("llm-api").failure_threshold(4).recovery_timeout(Duration::from_secs(20));
static SEARCH: CircuitBreaker =
    CircuitBreaker::new("search").failure_rate(0.5, 10, Window::time(Duration::from_secs(60)));
static BILLING: CircuitBreaker =
    CircuitBreaker::new("billing").failure_threshold(10).mode(Mode::Observe);
static STORES: CircuitBreakers = CircuitBreakers::new("stores").failure_threshold(6);
static LLM_RETRIES: RetryBudget = RetryBudget::new().name("llm").ratio(0.2).burst(20);

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("503 Service Unavailable: the model is being loaded")]
    #[retry(unavailable)]
    Unavailable,
    #[error("connection reset by peer")]
    #[retry(transient)]
    Reset,
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[circuit_breaker(LLM_API)]
#[async_retry(POLICY, budget = LLM_RETRIES, name = "chat::complete")]
async fn complete(upstream: &Injector<Failed>) -> std::result::Result<(), Failed> {
    upstream.hit().await
}

#[circuit_breaker(SEARCH)]
#[async_retry(POLICY, name = "search::query")]
async fn query(upstream: &Injector<Failed>) -> std::result::Result<(), Failed> {
    upstream.hit().await
}

#[circuit_breaker(BILLING)]
#[async_retry(POLICY, mode = Mode::Observe, name = "billing::invoice")]
async fn invoice(upstream: &Injector<Failed>) -> std::result::Result<(), Failed> {
    upstream.hit().await
}

#[circuit_breaker(STORES, key = region)]
#[async_retry(POLICY, name = "stores::read")]
async fn read(upstream: &Injector<Failed>, region: &str) -> std::result::Result<(), Failed> {
    upstream.hit().await
}

/// Calls the services forever. Some calls fail.
fn traffic() {
    tokio::spawn(async {
        // Ten quiet seconds, then an outage of twenty, repeatedly.
        loop {
            let outage = Duration::from_secs(10)..Duration::from_secs(30);
            let upstream = Injector::fail_between(outage, || Failed::Unavailable);
            for _ in 0..240 {
                let call = upstream.clone();
                tokio::spawn(async move { complete(&call).await });
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        }
    });
    tokio::spawn(async {
        let sometimes = Injector::fail_rate(0.2, 1, || Failed::Reset);
        loop {
            let _ = query(&sometimes).await;
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
    });
    tokio::spawn(async {
        let sometimes = Injector::fail_rate(0.1, 2, || Failed::Unavailable);
        for region in ["eu-central", "us-east", "ap-south"].into_iter().cycle() {
            let _ = read(&sometimes, region).await;
            let _ = invoice(&sometimes).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
}

async fn serve(port: u16) -> Result<SocketAddr> {
    for breaker in [&LLM_API, &SEARCH, &BILLING] {
        registry::add(breaker)?;
    }
    // The host names by which a browser reaches the page.
    let page = Page::new().control_token(TOKEN)?.allowed_hosts(["127.0.0.1", "localhost"])?;
    let app = Router::new().nest_service("/resilience", page.router());
    // Only on loopback, because the router answers every client.
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    traffic();
    Ok(address)
}

async fn check() -> Result<()> {
    let address = serve(0).await?;
    // Long enough to list a breaker of each kind and to make a retry.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let page = client.get(format!("http://{address}/resilience")).send().await?;
    assert!(page.error_for_status()?.text().await?.starts_with("<!doctype html>"));
    let state = client.get(format!("http://{address}/resilience/state")).send().await?;
    let state: serde_json::Value = serde_json::from_str(&state.error_for_status()?.text().await?)?;
    let names: Vec<_> =
        state["breakers"].as_array().into_iter().flatten().map(|it| &it["name"]).collect();
    println!("breakers: {names:?}");
    assert!(names.iter().any(|name| *name == "llm-api"), "{state:#}");
    let send = |token| {
        let control =
            client.post(format!("http://{address}/resilience/control")).bearer_auth(token);
        control.body(r#"{"breaker": "llm-api", "action": "force_open"}"#).send()
    };
    assert_eq!(send("a wrong one").await?.status(), 401);
    assert_eq!(send(TOKEN).await?.status(), 204);
    println!("llm-api is {} now", LLM_API.state());
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match env::args().nth(1).as_deref() {
        None => serve_on().await,
        Some("--check") => check().await,
        Some(other) => {
            Err(format!("unknown argument `{other}`: write `--check`, or nothing").into())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve_on() -> Result<()> {
    let address = serve(8090).await?;
    println!(
        "http://{address}/resilience (the token of the buttons is {TOKEN}). Stop with Ctrl-C."
    );
    std::future::pending().await
}
