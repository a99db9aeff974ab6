//! The actions of an operator on a breaker.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use retry_runtime::{observe, registry};
use serde::Deserialize;
use tokio::time::timeout;

use crate::action::Action;
use crate::fleet::{Failed, Watch};
use crate::refusal::refused;
use crate::token::Token;

/// The longest body, in bytes.
const BODY_LIMIT: usize = 4096;
/// The longest time for a body to arrive.
const BODY_TIME: Duration = Duration::from_secs(5);

/// The page's script sends this header, since `Authorization` may be needed by a layer in front: a
/// script that sets that one replaces the credentials that the operator has logged in with.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-control-token");

/// Who sends a request to the page, for log lines and for the page itself.
///
/// The page identifies operators only by the token, so it attributes their actions to `page`. An
/// application layer that knows who is logged in adds this to the request's extensions.
///
/// ```
/// # mod retry_utils { pub mod page { pub use ::retry_page::*; } pub use retry_runtime::*; }
/// use axum::Router;
/// use axum::extract::Request;
/// use axum::middleware::{self, Next};
/// use retry_utils::page::{Operator, Page};
///
/// let login = middleware::from_fn(async |mut request: Request, next: Next| {
///     let user = "alice"; // as your login says
///     request.extensions_mut().insert(Operator::new(user));
///     next.run(request).await
/// });
/// let app: Router = Router::new().nest_service("/resilience", Page::new().router().layer(login));
/// # drop(app);
/// ```
#[derive(Debug, Clone)]
pub struct Operator(Arc<str>);

impl Operator {
    /// Creates an operator of this name, which is data: how it is shown is described at
    /// [`acting_as`](observe::acting_as).
    #[must_use]
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }

    fn of(request: &http::Request<Body>) -> Self {
        request.extensions().get().cloned().unwrap_or_else(|| Self::new("page"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    breaker: String,
    action: String,
    mode: Option<String>,
    #[serde(default)]
    scope: Scope,
    lasting_seconds: Option<u64>,
}

/// Where an action takes place.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// In this process.
    #[default]
    Here,
    /// In all instances of the fleet.
    Everywhere,
}

/// Who may act, and on what.
#[derive(Clone)]
pub(crate) struct Controls {
    pub(crate) token: Option<Token>,
    pub(crate) fleet: Option<Arc<Watch>>,
}

pub(crate) enum Refusal {
    ControlOff,
    EverywhereOff,
    WrongToken,
    BodyTooSlow,
    BodyTooLong,
    UnknownBreaker(String),
    Invalid(String),
    Failed(Failed),
}

pub(crate) async fn control(
    State(Controls { token, fleet }): State<Controls>,
    request: http::Request<Body>,
) -> Result<StatusCode, Refusal> {
    // Before the body is read, so that the answer tells nothing to those who have no token.
    let token = token.ok_or(Refusal::ControlOff)?;
    let Operator(operator) = Operator::of(&request);
    if !token.matches(given_token(request.headers())) {
        observe::acting_as(&operator, observe::report_refusal);
        return Err(Refusal::WrongToken);
    }
    let body = timeout(BODY_TIME, read(request.into_body())).await;
    let body = body.unwrap_or(Err(Refusal::BodyTooSlow))?;
    let request: Request =
        serde_json::from_slice(&body).map_err(|error| Refusal::Invalid(error.to_string()))?;
    let action = Action::parse(&request.action, request.mode.as_deref());
    let action = action.map_err(Refusal::Invalid)?;
    match request.scope {
        Scope::Here => act_here(request, action, &operator)?,
        Scope::Everywhere => {
            let fleet = fleet.filter(|fleet| fleet.acts_everywhere());
            let fleet = fleet.ok_or(Refusal::EverywhereOff)?;
            let lasting = request.lasting_seconds.map(Duration::from_secs);
            let done = fleet.command(&request.breaker, action, lasting, &operator).await;
            done.map_err(Refusal::Failed)?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

fn act_here(request: Request, action: Action, operator: &str) -> Result<(), Refusal> {
    if request.lasting_seconds.is_some() {
        let error = "`lasting_seconds` is for the scope `everywhere` only: leave it out";
        return Err(Refusal::Invalid(error.to_owned()));
    }
    let Some(breaker) = registry::get(&request.breaker) else {
        return Err(Refusal::UnknownBreaker(request.breaker));
    };
    observe::acting_as(operator, || action.perform(&breaker));
    Ok(())
}

async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut chunks = body.into_data_stream();
    let (mut read, mut left) = (Vec::new(), BODY_LIMIT);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::BodyTooLong)?;
        // An empty chunk counts as well: without end, they would leave the timeout no turn.
        left = left.checked_sub(chunk.len().max(1)).ok_or(Refusal::BodyTooLong)?;
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// Returns the token of a request, or nothing if it carries none.
fn given_token(headers: &HeaderMap) -> &[u8] {
    let value = |name| headers.get(name).map(HeaderValue::as_bytes);
    let bearer = || {
        let (scheme, token) = value(header::AUTHORIZATION)?.split_at_checked(7)?;
        // The scheme may be of any case (RFC 9110, 11.1).
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
    };
    value(TOKEN_HEADER).or_else(bearer).unwrap_or_default()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::ControlOff => (
                StatusCode::NOT_FOUND,
                "control is off: the application has not given the page a `control_token`"
                    .to_owned(),
            ),
            Self::EverywhereOff => (
                StatusCode::NOT_FOUND,
                "acting everywhere is off: the application has not given the page a fleet and \
                 `control_everywhere`"
                    .to_owned(),
            ),
            Self::WrongToken => (
                StatusCode::UNAUTHORIZED,
                "the token is missing or wrong: send `X-Control-Token` and the token".to_owned(),
            ),
            Self::BodyTooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                format!(
                    "the body has not arrived within {} s: send it at once",
                    BODY_TIME.as_secs()
                ),
            ),
            Self::BodyTooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "the body is incomplete or longer than {BODY_LIMIT} bytes: send only a breaker \
                     and an action"
                ),
            ),
            Self::UnknownBreaker(name) => (
                StatusCode::NOT_FOUND,
                format!("no breaker {name:?} is listed: see `breakers` in the state"),
            ),
            Self::Invalid(error) => (StatusCode::BAD_REQUEST, error),
            Self::Failed(Failed { status, error }) => (status, error),
        };
        let mut response = refused(status, &error);
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
