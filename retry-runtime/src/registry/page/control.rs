//! What an operator may do to a breaker.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::Page;
use crate::config::Mode;
use crate::registry;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    breaker: String,
    action: String,
    mode: Option<String>,
}

pub(super) enum Refusal {
    Off,
    Token,
    NoSuchBreaker(String),
    Wrong(String),
}

pub(super) async fn control(
    State(page): State<Page>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    // First of all: who may not ask learns nothing from the answer.
    allowed(&page, &headers)?;
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

fn allowed(page: &Page, headers: &HeaderMap) -> Result<(), Refusal> {
    let token = page.token.as_ref().ok_or(Refusal::Off)?;
    let given = headers.get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    // The scheme is of any case (RFC 9110, 11.1), and no secret.
    let is_bearer = given.len() > 7 && given[..7].eq_ignore_ascii_case(b"bearer ");
    let given = if is_bearer { &given[7..] } else { b"" };
    // In constant time for tokens of the right length, which is no secret either.
    if bool::from(given.ct_eq(token.as_bytes())) { Ok(()) } else { Err(Refusal::Token) }
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
                "the token is missing or wrong: send `Authorization: Bearer` and the token"
                    .to_owned(),
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
            let scheme = header::HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
