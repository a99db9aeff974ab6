//! A chat endpoint in front of an LLM that fails in all the usual ways. It all runs in one process,
//! on loopback:
//!
//! | file | |
//! |---|---|
//! | `client.rs` | the client of the LLM, with retries and a circuit breaker, **to copy from** |
//! | `service.rs` | the service: `POST /complete`, `POST /chat`, `GET /health` |
//! | `upstream.rs` | the LLM: refuses connections, answers 503, 429 or 401, hangs, breaks off |
//! | `phases.rs` | the phases of the outage, and what the service should do in each |
//! | `driver.rs`, `journal.rs`, `report.rs` | the requests over HTTP, the library's events, the table |
//! | `sse.rs` | a reader of server-sent events |
//!
//! ```text
//! cargo run --example chat_endpoint              # runs the phases; exits 0 if all went well
//! cargo run --example chat_endpoint -- --serve   # keeps the service running, to try it by hand
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
use crate::upstream::{Behavior, Upstream};

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

/// Returns the policy of the environment. Unless that sets a base delay, the delay is shorter than
/// the default of 1 s, to keep the demonstration short.
fn policy() -> std::result::Result<RetryConfig, ConfigError> {
    let policy = RetryConfig::from_env()?;
    if env::var_os("RETRY_BASE_DELAY").is_some() {
        return Ok(policy);
    }
    Ok(policy.base_delay(Duration::from_millis(100)))
}

/// Runs the phases. Returns whether each of them went as it should.
async fn play(policy: RetryConfig) -> Result<bool> {
    let upstream = Upstream::new()?;
    let journal = Journal::start()?;
    let instances = [start(&upstream, &policy).await?, start(&upstream, &policy).await?];
    introduce(&upstream, &instances, &policy);

    // In the other modes, a call ends after its first attempt.
    let attempts = if policy.mode == Mode::Enforce { policy.max_attempts } else { 1 };
    let mut driver = Driver::new(upstream, instances, journal, attempts)?;
    if let Err(error) = phases::play(&mut driver).await {
        driver.complain(format!("ended early: {error}"));
    }
    driver.end_phase();
    Ok(report::summary(&driver.phases))
}

/// Serves until it is stopped, and logs the library's events.
async fn serve(policy: RetryConfig) -> Result<bool> {
    tracing_subscriber::fmt().with_ansi(false).init();
    let upstream = Upstream::new()?;
    upstream.play([], Behavior::Flaky);
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

/// Starts an instance of the service with its own client, on a free port.
async fn start(upstream: &Upstream, policy: &RetryConfig) -> Result<SocketAddr> {
    let client = LlmClient::new(format!("http://{}", upstream.address), policy.clone())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    // Sends each piece of a stream immediately, instead of waiting until a packet is full.
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
        "policy      {} attempts, base delay {:?} (RETRY_BASE_DELAY changes it), at most {:?}, mode {}",
        policy.max_attempts, policy.base_delay, policy.max_delay, policy.mode
    );
    for breaker in registry::all() {
        println!(
            "breaker     {}, one for all instances: opens after {} failures in a row, closes after {} successful probes",
            breaker.name, breaker.failure_threshold, breaker.success_threshold
        );
    }
}
