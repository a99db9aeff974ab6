//! A client of an LLM, and an API that fails in the usual ways:
//!
//! ```sh
//! cargo run --example llm
//! ```
//!
//! Plays each failure. Exits with 0 only if the client handled all of them as expected. The client
//! is `llm/client.rs`: **the part to copy**. The guide's chapter `docs/llm.md` explains it.

#[path = "llm/client.rs"]
mod client;
#[path = "llm/lines.rs"]
mod lines;
#[path = "llm/upstream.rs"]
mod upstream;

use std::io;
use std::pin::pin;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use retry_utils::{FailureKind, Retryable};
use tokio::time::timeout;

use crate::client::{ATTEMPT_TIMEOUT, LlmClient, LlmError};
use crate::upstream::{Answer, TOKENS, Upstream};

const PROMPT: &str = "Why is the sky blue?";

/// The expected result of a call.
#[derive(Debug)]
enum Expected {
    /// The complete answer.
    Answer,
    /// These tokens, then this failure.
    Failure(&'static [&'static str], FailureKind),
}

struct Phase {
    title: &'static str,
    /// Whether the answer is streamed.
    streams: bool,
    script: Vec<Answer>,
    requests: u32,
    at_least: Duration,
    expected: Expected,
}

impl Phase {
    /// A call of `complete` that succeeds after this many requests.
    fn complete(title: &'static str, script: Vec<Answer>, requests: u32) -> Self {
        let (at_least, expected) = (Duration::ZERO, Expected::Answer);
        Self { title, streams: false, script, requests, at_least, expected }
    }

    /// A call of `stream` that succeeds after this many requests.
    fn stream(title: &'static str, script: Vec<Answer>, requests: u32) -> Self {
        Self { streams: true, ..Self::complete(title, script, requests) }
    }

    fn takes(self, at_least: Duration) -> Self {
        Self { at_least, ..self }
    }

    fn fails(self, after: &'static [&'static str], kind: FailureKind) -> Self {
        Self { expected: Expected::Failure(after, kind), ..self }
    }
}

fn phases() -> Vec<Phase> {
    let slow_down = Answer::Status(429, Some(("retry-after-ms", "700")), "slow down");
    let quota = r#"{"error": {"type": "insufficient_quota", "code": "insufficient_quota"}}"#;
    let no_quota = Answer::Status(429, None, quota);
    let wrong_key = Answer::Status(401, None, r#"{"error": {"code": "invalid_api_key"}}"#);
    let overloaded = || Answer::Status(529, None, r#"{"error": {"type": "overloaded_error"}}"#);
    vec![
        Phase::complete("all is well", vec![], 1),
        Phase::complete("429 with `retry-after-ms: 700`", vec![slow_down], 2)
            .takes(Duration::from_millis(700)),
        Phase::complete("529, overloaded, twice", vec![overloaded(), overloaded()], 3),
        Phase::complete("429, the quota is used up: no retry", vec![no_quota], 1)
            .fails(&[], FailureKind::ResourceExhausted),
        Phase::complete("401, a wrong key: no retry", vec![wrong_key], 1)
            .fails(&[], FailureKind::Unauthorized),
        Phase::stream("a stream", vec![], 1),
        Phase::stream("529 instead of a stream", vec![overloaded()], 2),
        Phase::stream("a stream whose first event is an error", vec![Answer::ErrorEvent], 2),
        Phase::stream("a stream that hangs before its first token", vec![Answer::Silent], 2)
            .takes(ATTEMPT_TIMEOUT),
        Phase::stream("a stream that breaks off later: no retry", vec![Answer::BreaksOff], 1)
            .fails(&TOKENS[..2], FailureKind::MidStream),
    ]
}

#[tokio::main]
async fn main() -> io::Result<ExitCode> {
    tracing_subscriber::fmt().with_target(false).without_time().init();
    let (upstream, url) = Upstream::start().await?;
    // For this example only: a proxy from the environment cannot reach our loopback address.
    let http = reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?;
    let client = LlmClient { http, url, key: "secret".to_owned() };

    let mut all_are_right = true;
    for (index, phase) in phases().into_iter().enumerate() {
        println!("\n{}. {}", index + 1, phase.title);
        all_are_right &= play(&client, &upstream, phase).await;
    }
    println!("\n{}", if all_are_right { "Every phase behaved as expected." } else { "FAILED" });
    Ok(if all_are_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays a phase. Returns whether it behaved as expected.
async fn play(client: &LlmClient, upstream: &Upstream, phase: Phase) -> bool {
    upstream.play(phase.script);
    let start = Instant::now();
    let call = async { if phase.streams { collect(client).await } else { complete(client).await } };
    let Ok((tokens, error)) = timeout(Duration::from_secs(10), call).await else {
        println!("   FAILED: it hangs");
        return false;
    };
    let (requests, elapsed) = (upstream.requests(), start.elapsed());
    println!("   requests: {requests}, {:.1} s: {}", elapsed.as_secs_f64(), tokens.join("|"));
    if let Some(error) = &error {
        println!("   {}: {error}", error.failure_kind());
    }
    let kind = error.map(|error| error.failure_kind());
    let is_as_expected = match phase.expected {
        Expected::Answer => tokens.concat() == TOKENS.concat() && kind.is_none(),
        Expected::Failure(before, expected) => tokens == before && kind == Some(expected),
    };
    let is_right = is_as_expected && requests == phase.requests && elapsed >= phase.at_least;
    if !is_right {
        let Phase { requests, at_least, expected, .. } = phase;
        println!("   FAILED: expected {expected:?}, requests: {requests}, {at_least:?} or longer");
    }
    is_right
}

/// The tokens that a caller received, and the failure after them.
type Received = (Vec<String>, Option<LlmError>);

async fn complete(client: &LlmClient) -> Received {
    match client.complete(PROMPT).await {
        Ok(answer) => (vec![answer], None),
        Err(error) => (vec![], Some(error)),
    }
}

async fn collect(client: &LlmClient) -> Received {
    let mut tokens = Vec::new();
    let answer = match client.stream(PROMPT).await {
        Ok(answer) => answer,
        Err(error) => return (tokens, Some(error)),
    };
    let mut answer = pin!(answer);
    while let Some(token) = answer.next().await {
        match token {
            Ok(token) => tokens.push(token),
            Err(error) => return (tokens, Some(error)),
        }
    }
    (tokens, None)
}
