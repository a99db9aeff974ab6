//! What an operator may do to a breaker.

use std::str::FromStr;

use axum::body::{self, Body};
use axum::extract::State;
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use retry_runtime::{Mode, registry};
use serde::Deserialize;
use serde_json::json;

use crate::token::Token;

/// How long a body may be, in bytes.
const BODY: usize = 4096;

/// A header of its own for the page, since the usual one may belong to a layer in front of it: a browser that has it set
/// by a script leaves out what the operator has logged in with.
const TOKEN: HeaderName = HeaderName::from_static("x-control-token");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    breaker: String,
    action: String,
    mode: Option<String>,
}

pub(crate) enum Refusal {
    Off,
    Token,
    TooLong,
    NoSuchBreaker(String),
    Wrong(String),
}

pub(crate) async fn control(
    State(token): State<Option<Token>>,
    request: http::Request<Body>,
) -> Result<StatusCode, Refusal> {
    // First of all, before the body is read: who may not ask learns nothing from the answer.
    let token = token.ok_or(Refusal::Off)?;
    if !token.matches(given_token(request.headers())) {
        return Err(Refusal::Token);
    }
    let body = body::to_bytes(request.into_body(), BODY).await.map_err(|_| Refusal::TooLong)?;
    let request: Request =
        serde_json::from_slice(&body).map_err(|error| Refusal::Wrong(error.to_string()))?;
    let Some(breaker) = registry::get(&request.breaker) else {
        return Err(Refusal::NoSuchBreaker(request.breaker));
    };
    match (request.action.as_str(), request.mode) {
        ("force_open", None) => breaker.force_open(),
        ("force_closed", None) => breaker.force_closed(),
        ("reset", None) => breaker.reset(),
        ("mode", Some(mode)) => match Mode::from_str(&mode) {
            Ok(mode) => breaker.set_mode(mode),
            Err(error) => return Err(Refusal::Wrong(error.to_string())),
        },
        ("mode", None) => {
            return Err(Refusal::Wrong(
                "the action `mode` needs `mode`: `enforce`, `observe` or `off`".to_owned(),
            ));
        }
        ("force_open" | "force_closed" | "reset", Some(_)) => {
            return Err(Refusal::Wrong(format!(
                "the action `{}` has no `mode`: leave it out, or set the action to `mode`",
                request.action
            )));
        }
        (action, _) => {
            return Err(Refusal::Wrong(format!(
                "unknown action {action:?}: `force_open`, `force_closed`, `reset` or `mode`"
            )));
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the token of a request, or nothing if it carries none.
fn given_token(headers: &HeaderMap) -> &[u8] {
    let value = |name| headers.get(name).map(HeaderValue::as_bytes);
    let bearer = || {
        let (scheme, token) = value(header::AUTHORIZATION)?.split_at_checked(7)?;
        // Of any case (RFC 9110, 11.1).
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
    };
    value(TOKEN).or_else(bearer).unwrap_or_default()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::Off => (
                StatusCode::NOT_FOUND,
                "control is off: the application has given the page no `control_token`".to_owned(),
            ),
            Self::Token => (
                StatusCode::UNAUTHORIZED,
                "the token is missing or wrong: send `X-Control-Token` and the token".to_owned(),
            ),
            Self::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "the body is longer than {BODY} bytes, or came to no end: a breaker and an action is all there is to say"
                ),
            ),
            Self::NoSuchBreaker(name) => (
                StatusCode::NOT_FOUND,
                format!("no breaker {name:?} is listed: see `breakers` in the state"),
            ),
            Self::Wrong(error) => (StatusCode::BAD_REQUEST, error),
        };
        let json = [(header::CONTENT_TYPE, "application/json")];
        let mut response = (status, json, json!({ "error": error }).to_string()).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
