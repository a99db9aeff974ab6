//! A chat endpoint in front of an LLM that really fails. Everything is one process on loopback:
//!
//! | file | what |
//! |---|---|
//! | `client.rs` | the client of the LLM, with retries and a circuit breaker: **the part to copy** |
//! | `service.rs` | the service: `POST /complete`, `POST /chat`, `GET /health` |
//! | `upstream.rs` | the LLM: refuses connections, answers 503, 429 or 401, hangs, breaks off |
//! | `phases.rs` | the play: what happens to the upstream, and what the service should make of it |
//! | `driver.rs`, `journal.rs`, `report.rs` | asking over HTTP, hearing the library's events, the table |
//! | `sse.rs` | reading server-sent events |
//!
//! ```text
//! cargo run --example chat_endpoint              # plays the phases; exits 0 if all went as it should
//! cargo run --example chat_endpoint -- --serve   # leaves the service running, to be tried by hand
//! ```

mod client;
mod driver;
mod journal;
mod phases;
mod report;
mod service;
mod sse;
mod upstream;

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use axum::serve::ListenerExt;
use retry_utils::{ConfigError, Mode, RetryConfig, registry};
use tokio::net::TcpListener;

use crate::client::LlmClient;
use crate::driver::{Driver, Result};
use crate::journal::Journal;
use crate::upstream::{Behaviour, Upstream};

const USAGE: &str = "\
Usage: cargo run --example chat_endpoint [-- --serve]

  (nothing)   play all failures, and check what the service makes of them
  --serve     leave the service running, before an upstream that fails now and then
  --help      show this

RETRY_MAX_ATTEMPTS, RETRY_BASE_DELAY, RETRY_MAX_DELAY and RETRY_MODE set the retries.";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let serving = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--serve"] => true,
        ["--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("unknown arguments: {}\n\n{USAGE}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    let policy = match policy() {
        Ok(policy) => policy,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let outcome = if serving { serve(policy).await } else { play(policy).await };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The policy of the environment; where that names no base delay, a shorter one than the default of
/// 1 s, for nobody wants to watch a demonstration wait.
fn policy() -> std::result::Result<RetryConfig, ConfigError> {
    let policy = RetryConfig::from_env()?;
    if env::var_os("RETRY_BASE_DELAY").is_some() {
        return Ok(policy);
    }
    Ok(policy.base_delay(Duration::from_millis(100)))
}

/// Plays the phases; true if each of them showed what it should.
async fn play(policy: RetryConfig) -> Result<bool> {
    let upstream = Upstream::new()?;
    let journal = Journal::start()?;
    let instances = [start(&upstream, &policy).await?, start(&upstream, &policy).await?];
    introduce(&upstream, &instances, &policy);

    // In the other modes a series ends with its first attempt.
    let attempts = if policy.mode == Mode::Enforce { policy.max_attempts } else { 1 };
    let mut driver = Driver::new(upstream, instances, journal, attempts)?;
    if let Err(error) = phases::play(&mut driver).await {
        driver.complain(format!("broke off: {error}"));
    }
    driver.end_phase();
    Ok(report::summary(&driver.phases))
}

/// Serves for good, and writes what the library reports as log lines.
async fn serve(policy: RetryConfig) -> Result<bool> {
    tracing_subscriber::fmt().with_ansi(false).init();
    let upstream = Upstream::new()?;
    upstream.play([], Behaviour::Flaky);
    upstream.open()?;
    let service = start(&upstream, &policy).await?;
    introduce(&upstream, &[service], &policy);
    println!(
        "
Every third call finds the upstream unavailable, and some answers break off. Try:

  curl -s http://{service}/complete -H 'content-type: application/json' -d '{{\"prompt\": \"Why is the sky blue?\"}}'
  curl -sN http://{service}/chat -H 'content-type: application/json' -d '{{\"prompt\": \"Why is the sky blue?\"}}'

The breaker is at http://{service}/health. Stop with Ctrl-C.
"
    );
    std::future::pending().await
}

/// An instance of the service, with a client of its own, on a port of the system's choice.
async fn start(upstream: &Upstream, policy: &RetryConfig) -> Result<SocketAddr> {
    let client = LlmClient::new(format!("http://{}", upstream.address), policy.clone())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    // Pieces of a stream go out one by one, and don't wait until they fill a packet.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let app = service::router(client);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

fn introduce(upstream: &Upstream, instances: &[SocketAddr], policy: &RetryConfig) {
    println!("upstream    {}", upstream.address);
    for instance in instances {
        println!("service     {instance}");
    }
    println!(
        "policy      {} attempts, base delay {:?} (RETRY_BASE_DELAY sets another), at most {:?}, mode {}",
        policy.max_attempts, policy.base_delay, policy.max_delay, policy.mode
    );
    for breaker in registry::all() {
        println!(
            "breaker     {}, one for all instances: opens after {} failures in a row, closes after {} good probes",
            breaker.name, breaker.failure_threshold, breaker.success_threshold
        );
    }
}
