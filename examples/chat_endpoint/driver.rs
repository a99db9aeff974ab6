//! A client of the service. Sends requests over HTTP, prints the responses, and compares them with
//! the expected ones.

use std::error::Error;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use retry_utils::{CircuitState, FailureKind};
use serde_json::{Value, json};

use crate::journal::Journal;
use crate::report::Phase;
use crate::sse;
use crate::upstream::Upstream;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const PROMPT: &str = "Why is the sky blue?";

pub(crate) struct Driver {
    pub(crate) upstream: Upstream,
    pub(crate) journal: Journal,
    /// The maximum number of attempts of the policy.
    pub(crate) attempts: u32,
    pub(crate) phases: Vec<Phase>,
    instances: [SocketAddr; 2],
    http: reqwest::Client,
}

/// The response to one request, and the upstream calls that it caused.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// The pieces of the answer. One if it is not streamed, none for a failure.
    pub(crate) pieces: Vec<String>,
    /// The kind of a failure.
    pub(crate) kind: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) after: Duration,
    /// The part of it that was waits between attempts.
    pub(crate) waited: Duration,
    pub(crate) upstream_calls: u32,
    pub(crate) retries: Vec<FailureKind>,
}

/// The breaker, as `/health` reports it.
pub(crate) struct Health {
    pub(crate) state: String,
    pub(crate) failures: u64,
    pub(crate) failure_threshold: u64,
    pub(crate) success_threshold: u64,
}

impl Driver {
    pub(crate) fn new(
        upstream: Upstream,
        instances: [SocketAddr; 2],
        journal: Journal,
        attempts: u32,
    ) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { upstream, journal, attempts, phases: Vec::new(), instances, http })
    }

    /// Begins a phase.
    pub(crate) fn phase(&mut self, title: &'static str) {
        self.end_phase();
        println!("\n{}. {title}", self.phases.len() + 1);
        self.phases.push(Phase::new(title));
    }

    pub(crate) fn end_phase(&mut self) {
        if let Some(phase) = self.phases.last_mut() {
            phase.end();
        }
    }

    /// Requests a whole answer from the first instance.
    pub(crate) async fn complete(&mut self) -> Result<Reply> {
        self.ask(0, "complete").await
    }

    /// Requests a streamed answer from the first instance.
    pub(crate) async fn chat(&mut self) -> Result<Reply> {
        self.ask(0, "chat").await
    }

    /// Requests an answer from one of the instances.
    pub(crate) async fn ask(&mut self, instance: usize, operation: &str) -> Result<Reply> {
        println!("   POST /{operation} to instance {}: {PROMPT}", instance + 1);
        let calls_before = self.upstream.calls();
        let begin = Instant::now();
        let url = format!("http://{}/{operation}", self.instances[instance]);
        let response = self.http.post(url).json(&json!({ "prompt": PROMPT })).send().await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).cloned();
        let (pieces, kind) = if status == 200 && operation == "chat" {
            read_stream(response).await?
        } else {
            let body: Value = response.json().await?;
            (text(&body).into_iter().collect(), kind(&body))
        };
        let notes = self.journal.take();
        let reply = Reply {
            status,
            pieces,
            kind,
            retry_after: match retry_after {
                Some(seconds) => Some(Duration::from_secs(seconds.to_str()?.parse()?)),
                None => None,
            },
            after: begin.elapsed(),
            waited: notes.waited,
            upstream_calls: self.upstream.calls() - calls_before,
            retries: notes.retries.clone(),
        };
        reply.print();
        self.current().add(&reply, &notes);
        Ok(reply)
    }

    /// Reads `/health` of one of the instances.
    pub(crate) async fn health(&mut self, instance: usize) -> Result<Health> {
        let url = format!("http://{}/health", self.instances[instance]);
        let health: Value = self.http.get(url).send().await?.json().await?;
        let breaker = &health["breakers"][0];
        let number = |field| breaker[field].as_u64().ok_or(format!("no {field} in {health}"));
        let health = Health {
            state: breaker["state"].as_str().unwrap_or("missing").to_owned(),
            failures: number("failures")?,
            failure_threshold: number("failure_threshold")?,
            success_threshold: number("success_threshold")?,
        };
        println!(
            "   GET /health of instance {}: {}, {} of {} failures",
            instance + 1,
            health.state,
            health.failures,
            health.failure_threshold
        );
        Ok(health)
    }

    /// Records a failure unless `is` equals `should`.
    #[expect(clippy::needless_pass_by_value, reason = "the phases read better without the `&`")]
    pub(crate) fn expect<T: PartialEq<U> + Debug, U: Debug>(
        &mut self,
        what: &str,
        is: T,
        should: U,
    ) {
        if is != should {
            self.complain(format!("{what}: {is:?} instead of {should:?}"));
        }
    }

    /// Records a failure if this took less than `least`.
    pub(crate) fn expect_at_least(&mut self, what: &str, is: Duration, least: Duration) {
        if is < least {
            self.complain(format!("{what}: {is:?}, less than {least:?}"));
        }
    }

    /// Records a failure if this took more than `most`.
    pub(crate) fn expect_at_most(&mut self, what: &str, is: Duration, most: Duration) {
        if is > most {
            self.complain(format!("{what}: {is:?}, more than {most:?}"));
        }
    }

    /// Records a failure if the breaker entered other states in this phase.
    pub(crate) fn expect_entered(&mut self, should: &[CircuitState]) {
        let entered = self.current().entered.clone();
        self.expect("states that the breaker entered", entered, should);
    }

    /// Records a failure of this phase.
    pub(crate) fn complain(&mut self, complaint: String) {
        println!("   FAILED: {complaint}");
        self.current().complaints.push(complaint);
    }

    fn current(&mut self) -> &mut Phase {
        self.phases.last_mut().expect("a phase begins before the first request")
    }
}

impl Reply {
    /// Describes what the client received, in a few words.
    pub(crate) fn outcome(&self) -> String {
        match (&self.kind, self.status) {
            (Some(kind), 200) => format!("200, then error ({kind})"),
            (_, status) => status.to_string(),
        }
    }

    fn print(&self) {
        let calls = if self.upstream_calls == 1 { "call" } else { "calls" };
        print!(
            "      {} after {:.1?}, {} upstream {calls}",
            self.outcome(),
            self.after,
            self.upstream_calls
        );
        match &self.kind {
            Some(kind) if self.pieces.is_empty() => println!(": {kind}"),
            _ => println!(": {}", self.pieces.join("|")),
        }
    }
}

/// Returns the pieces, and the kind of the failure if they end in an error.
async fn read_stream(mut response: Response) -> Result<(Vec<String>, Option<String>)> {
    let mut events = sse::Events::default();
    let mut pieces = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        events.push(&bytes);
        while let Some(event) = events.next() {
            let data: Value = serde_json::from_str(&event.data)?;
            match event.name.as_str() {
                "done" => return Ok((pieces, None)),
                "error" => return Ok((pieces, kind(&data))),
                _ => pieces.extend(text(&data)),
            }
        }
    }
    Err("the service's stream ended without `done` or `error`".into())
}

fn text(body: &Value) -> Option<String> {
    body["text"].as_str().map(str::to_owned)
}

fn kind(body: &Value) -> Option<String> {
    body["kind"].as_str().map(str::to_owned)
}
