//! The client of the LLM, to copy from: one breaker, one error type, two annotated functions.

use std::time::Duration;

use futures_util::{Stream, stream};
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};
use retry_utils::{
    CircuitBreaker, CircuitOpen, RetryBudget, RetryConfig, Retryable, STREAMING, TimedOut,
    async_retry, circuit_breaker,
};
use serde_json::{Value, json};

use crate::sse;

/// The breaker of the LLM, shared by all clients of the process.
///
/// The settings suit a demonstration. In production, start with the defaults: 5 failures, 60 s.
pub(crate) static LYZR_API: CircuitBreaker =
    CircuitBreaker::new("lyzr-api").failure_threshold(3).recovery_timeout(Duration::from_secs(2));

/// The budget for the retries of all clients: one retry per ten calls, after the first 100.
pub(crate) static LYZR_BUDGET: RetryBudget = RetryBudget::new().name("lyzr-api");

/// The timeout of an attempt. For a streamed answer, it ends with the headers.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);

/// The errors of the client. Their kinds decide what is retried and what the breaker counts.
#[derive(Debug, thiserror::Error, Retryable)]
pub(crate) enum LlmError {
    #[error("the LLM cannot be reached")]
    #[retry(connection)]
    Connection(#[source] reqwest::Error),

    #[error("the LLM did not answer in time")]
    #[retry(timeout)]
    Timeout(#[source] reqwest::Error),

    #[error("the connection to the LLM was lost")]
    #[retry(transient)]
    Lost(#[source] reqwest::Error),

    #[error("the LLM cannot serve now: {0}")]
    #[retry(unavailable)]
    Unavailable(StatusCode),

    #[error("the LLM wants fewer requests")]
    #[retry(rate_limited, after = wait)]
    RateLimited { wait: Option<Duration> },

    #[error("the LLM does not accept the credentials: {0}")]
    #[retry(unauthorized)]
    Unauthorized(StatusCode),

    #[error("the LLM refused the request: {0}")]
    #[retry(invalid_request)]
    Refused(StatusCode),

    #[error("the answer broke off")]
    #[retry(mid_stream)]
    BrokeOff,

    #[error("the answer of the LLM makes no sense")]
    #[retry(permanent)]
    Malformed,

    #[error(transparent)]
    #[retry(transparent)]
    TimedOut(#[from] TimedOut),

    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

impl From<reqwest::Error> for LlmError {
    fn from(error: reqwest::Error) -> Self {
        // Checked first: without a connection, nothing was sent, whatever the reason.
        if error.is_connect() {
            Self::Connection(error)
        } else if error.is_timeout() {
            Self::Timeout(error)
        } else {
            Self::Lost(error)
        }
    }
}

/// A client of the LLM. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LlmClient {
    http: reqwest::Client,
    url: String,
    retry: RetryConfig,
}

impl LlmClient {
    pub(crate) fn new(url: String, retry: RetryConfig) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            // Only for this example: a proxy in the environment cannot reach our loopback address.
            .no_proxy()
            // Shorter than an attempt. A host that drops packets is then a failed connection, which
            // even a stream may retry.
            .connect_timeout(Duration::from_secs(1))
            // Between two pieces of an answer: a stream that stops sending must end.
            .read_timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self { http, url, retry })
    }

    /// Returns the whole answer.
    ///
    /// The breaker is above the retry, so a call that succeeds in the end counts as a success,
    /// however many attempts it took. A second attempt is safe because a completion changes nothing
    /// upstream.
    #[circuit_breaker(LYZR_API)]
    #[async_retry(self.retry, budget = LYZR_BUDGET, attempt_timeout = ATTEMPT_TIMEOUT)]
    pub(crate) async fn complete(&self, prompt: &str) -> Result<String, LlmError> {
        let response = self.ask("complete", prompt).await?;
        text(&response.bytes().await?)
    }

    /// Returns the answer in pieces, as they arrive.
    ///
    /// `STREAMING` retries only failed connections. The breaker counts the outcome when the stream
    /// ends, fails or is dropped.
    #[circuit_breaker(LYZR_API, stream)]
    #[async_retry(STREAMING, budget = LYZR_BUDGET, attempt_timeout = ATTEMPT_TIMEOUT)]
    pub(crate) async fn chat(
        &self,
        prompt: &str,
    ) -> Result<impl Stream<Item = Result<String, LlmError>> + use<>, LlmError> {
        Ok(pieces(self.ask("chat", prompt).await?))
    }

    async fn ask(&self, operation: &str, prompt: &str) -> Result<Response, LlmError> {
        let url = format!("{}/v1/{operation}", self.url);
        let response = self.http.post(url).json(&json!({ "prompt": prompt })).send().await?;
        let status = response.status();
        match status.as_u16() {
            200..=299 => Ok(response),
            429 => Err(LlmError::RateLimited { wait: retry_after(&response) }),
            401 | 403 => Err(LlmError::Unauthorized(status)),
            408 | 425 | 500.. => Err(LlmError::Unavailable(status)),
            _ => Err(LlmError::Refused(status)),
        }
    }
}

/// Returns the pieces after the headers, until the last one or an error.
fn pieces(response: Response) -> impl Stream<Item = Result<String, LlmError>> {
    let answer = Answer { response, events: sse::Events::default(), begun: false };
    stream::unfold(Some(answer), async |answer| {
        let mut answer = answer?;
        match answer.next().await.transpose()? {
            Ok(piece) => {
                answer.begun = true;
                Some((Ok(piece), Some(answer)))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

/// An answer that is still arriving.
struct Answer {
    response: Response,
    events: sse::Events,
    begun: bool,
}

impl Answer {
    async fn next(&mut self) -> Result<Option<String>, LlmError> {
        loop {
            match self.events.next() {
                Some(event) if event.data == "[DONE]" => return Ok(None),
                Some(event) => return text(event.data.as_bytes()).map(Some),
                None => {}
            }
            match self.response.chunk().await {
                Ok(Some(bytes)) => self.events.push(&bytes),
                // A retry would send the same pieces twice.
                Err(_) | Ok(None) if self.begun => return Err(LlmError::BrokeOff),
                Err(error) => return Err(error.into()),
                Ok(None) => return Err(LlmError::Malformed),
            }
        }
    }
}

fn text(json: &[u8]) -> Result<String, LlmError> {
    let answer: Value = serde_json::from_slice(json).map_err(|_| LlmError::Malformed)?;
    answer["text"].as_str().map(str::to_owned).ok_or(LlmError::Malformed)
}

/// Returns the wait that the server asks for, in seconds. HTTP also allows a date, which LLM APIs
/// do not send.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
