//! The service: `POST /complete`, `POST /chat` as server-sent events, `GET /health`.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::sse::{self, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt, stream};
use retry_utils::{CircuitState, Retryable, registry};
use serde_json::{Value, json};

use crate::client::{LYZR_API, LlmClient, LlmError};

/// The routes of one instance.
pub(crate) fn router(client: LlmClient) -> Router {
    // Lists the breaker before its first call, for `/health`. A breaker that cannot be listed works
    // anyway, and is reported as an event.
    let _ = registry::add(&LYZR_API);
    Router::new()
        .route("/complete", post(complete))
        .route("/chat", post(chat))
        .route("/health", get(health))
        .with_state(client)
}

async fn complete(
    State(client): State<LlmClient>,
    Json(request): Json<Value>,
) -> Result<Json<Value>, Refusal> {
    let text = client.complete(prompt(&request)?).await?;
    Ok(Json(json!({ "text": text })))
}

async fn chat(
    State(client): State<LlmClient>,
    Json(request): Json<Value>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, Refusal> {
    let answer = client.chat(prompt(&request)?).await?;
    Ok(Sse::new(relay(answer)).keep_alive(sse::KeepAlive::default()))
}

/// Returns the pieces as events, and `done` or `error` at the end. A stream that only stops would
/// look complete.
fn relay(
    answer: impl Stream<Item = Result<String, LlmError>>,
) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    stream::unfold(Some(Box::pin(answer)), async |answer| {
        let mut answer = answer?;
        let (name, data, rest) = match answer.next().await {
            Some(Ok(text)) => ("message", json!({ "text": text }), Some(answer)),
            Some(Err(error)) => ("error", describe(&error), None),
            None => ("done", json!({}), None),
        };
        Some((Ok(sse::Event::default().event(name).data(data.to_string())), rest))
    })
}

/// Answers 200 even while the dependency is down, because a restart of this service would not help.
async fn health() -> Json<Value> {
    let breakers = registry::all();
    let closed = breakers.iter().all(|breaker| breaker.state == CircuitState::Closed);
    let breakers: Vec<Value> = breakers
        .iter()
        .map(|breaker| {
            json!({
                "name": breaker.name,
                "state": breaker.state.as_str(),
                "failures": breaker.failures,
                "failure_threshold": breaker.failure_threshold,
                "successes": breaker.successes,
                "success_threshold": breaker.success_threshold,
            })
        })
        .collect();
    Json(json!({ "status": if closed { "ok" } else { "degraded" }, "breakers": breakers }))
}

fn prompt(request: &Value) -> Result<&str, Refusal> {
    request["prompt"].as_str().ok_or(Refusal::NoPrompt)
}

/// The reason why a request gets no answer.
enum Refusal {
    NoPrompt,
    Failed(LlmError),
}

impl From<LlmError> for Refusal {
    fn from(error: LlmError) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self::Failed(error) = self else {
            let body = json!({ "error": "expected a JSON object with the string `prompt`" });
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
        };
        let (status, wait) = match &error {
            LlmError::Open(open) => (StatusCode::SERVICE_UNAVAILABLE, open.retry_in()),
            LlmError::RateLimited { wait } => (StatusCode::TOO_MANY_REQUESTS, *wait),
            LlmError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, None),
            LlmError::Timeout(_) | LlmError::TimedOut(_) => (StatusCode::GATEWAY_TIMEOUT, None),
            LlmError::Unauthorized(_) => (StatusCode::UNAUTHORIZED, None),
            LlmError::Refused(_) => (StatusCode::BAD_REQUEST, None),
            LlmError::Connection(_)
            | LlmError::Lost(_)
            | LlmError::BrokeOff
            | LlmError::Malformed => (StatusCode::BAD_GATEWAY, None),
        };
        let mut response = (status, Json(describe(&error))).into_response();
        if let Some(wait) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, whole_seconds(wait).into());
        }
        response
    }
}

fn describe(error: &LlmError) -> Value {
    json!({ "error": error.to_string(), "kind": error.failure_kind().as_str() })
}

/// Rounds up, so a client that waits this long does not come too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
