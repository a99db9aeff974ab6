//! A client of a chat-completions API. Copy this file and `lines.rs`; `docs/llm.md` explains them.

use std::time::Duration;

use futures_util::{Stream, stream};
use reqwest::{Client, Response};
use retry_utils::http::{CheckStatus, FailedStatus};
use retry_utils::{
    CircuitBreaker, CircuitOpen, FailureKind, RetryConfig, Retryable, STANDARD, TimedOut,
    async_retry, circuit_breaker,
};
use serde_json::{Value, json};

use crate::lines::Lines;

static LLM: CircuitBreaker = CircuitBreaker::new("llm");

const RETRY: RetryConfig = STANDARD.base_delay(Duration::from_millis(200));

/// Limits each attempt. For a stream, limits the time to the first token. Usually about 30 s.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error, Retryable)]
pub(crate) enum LlmError {
    #[error(transparent)]
    #[retry(transparent)]
    Request(#[from] reqwest::Error),
    #[error(transparent)]
    #[retry(transparent)]
    Status(#[from] FailedStatus),
    #[error("the API reports {0}")]
    #[retry(with = kind_of)]
    Reported(Value),
    #[error("the answer is not JSON of the expected form")]
    #[retry(permanent)]
    Malformed,
    #[error("the answer ended too early")]
    #[retry(transient)]
    Incomplete,
    #[error("the answer broke off: {0}")]
    #[retry(mid_stream)]
    BrokeOff(Box<LlmError>),
    #[error(transparent)]
    #[retry(transparent)]
    TimedOut(#[from] TimedOut),
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

/// Classifies an error that the API reports in a response with status 200.
fn kind_of(error: &Value) -> FailureKind {
    match error["type"].as_str() {
        Some("server_error" | "api_error" | "overloaded_error") => FailureKind::Unavailable,
        Some("rate_limit_error" | "rate_limit_exceeded") => FailureKind::RateLimited,
        Some("insufficient_quota") => FailureKind::ResourceExhausted,
        _ => FailureKind::Permanent,
    }
}

pub(crate) struct LlmClient {
    pub(crate) http: Client,
    pub(crate) url: String,
    pub(crate) key: String,
}

impl LlmClient {
    #[circuit_breaker(LLM)]
    #[async_retry(RETRY, attempt_timeout = ATTEMPT_TIMEOUT)]
    pub(crate) async fn complete(&self, prompt: &str) -> Result<String, LlmError> {
        let answer = checked(self.send(prompt, false).await?.json().await?)?;
        let text = answer["choices"][0]["message"]["content"].as_str();
        Ok(text.ok_or(LlmError::Malformed)?.to_owned())
    }

    #[circuit_breaker(LLM, stream)]
    #[async_retry(RETRY, stream, attempt_timeout = ATTEMPT_TIMEOUT)]
    pub(crate) async fn stream(
        &self,
        prompt: &str,
    ) -> Result<impl Stream<Item = Result<String, LlmError>> + use<>, LlmError> {
        Ok(tokens(self.send(prompt, true).await?))
    }

    async fn send(&self, prompt: &str, stream: bool) -> Result<Response, LlmError> {
        let messages = json!([{ "role": "user", "content": prompt }]);
        let body = json!({ "model": "some-model", "messages": messages, "stream": stream });
        let request = self.http.post(&self.url).bearer_auth(&self.key).json(&body);
        Ok(request.send().await?.check_status().await?)
    }
}

/// Returns a body or an event unchanged, or `Reported` if it contains an error.
fn checked(mut answer: Value) -> Result<Value, LlmError> {
    match answer.get_mut("error").map(Value::take) {
        None | Some(Value::Null) => Ok(answer),
        Some(error) => Err(LlmError::Reported(error)),
    }
}

/// Returns the tokens of a streamed answer. An error after the first token is `BrokeOff`.
fn tokens(response: Response) -> impl Stream<Item = Result<String, LlmError>> {
    let start = (Lines::new(response), false);
    stream::try_unfold(start, async |(mut lines, has_begun)| match next(&mut lines).await {
        Ok(token) => Ok(token.map(|token| (token, (lines, true)))),
        Err(error) if has_begun => Err(LlmError::BrokeOff(Box::new(error))),
        Err(error) => Err(error),
    })
}

/// Returns the next token, or `None` after `[DONE]`. Skips comments, pings and chunks without text.
async fn next(lines: &mut Lines) -> Result<Option<String>, LlmError> {
    while let Some(line) = lines.next().await? {
        let Some(data) = line.strip_prefix("data:").map(str::trim) else { continue };
        match data {
            "" => continue,
            "[DONE]" => return Ok(None),
            _ => {}
        }
        let event = checked(serde_json::from_str(data).map_err(|_| LlmError::Malformed)?)?;
        match event["choices"][0]["delta"]["content"].as_str() {
            None | Some("") => {}
            Some(token) => return Ok(Some(token.to_owned())),
        }
    }
    Err(LlmError::Incomplete)
}
