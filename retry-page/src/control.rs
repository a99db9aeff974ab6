//! The route `POST /control`, which performs operator actions.

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

/// The maximum length of a body, in bytes.
const BODY_LIMIT: usize = 4096;
/// The maximum time for a body to arrive.
const BODY_TIME: Duration = Duration::from_secs(5);

/// The header in which the page's script sends the token. It does not use `Authorization`, because
/// that would replace the credentials with which the operator has logged in to a layer in front.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-control-token");

/// The operator who sends a request, for log lines and the page's list of actions.
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
///     let user = "alice"; // from your login
///     request.extensions_mut().insert(Operator::new(user));
///     next.run(request).await
/// });
/// let app: Router = Router::new().nest_service("/resilience", Page::new().router().layer(login));
/// # drop(app);
/// ```
#[derive(Debug, Clone)]
pub struct Operator(Arc<str>);

impl Operator {
    /// Creates an operator with this name. The name may be untrusted: it is escaped and cut as
    /// described at [`acting_as`](observe::acting_as).
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

/// The scope of an action.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// This process.
    #[default]
    Here,
    /// All instances of the fleet.
    Everywhere,
}

/// The token that permits actions, and the fleet that they may apply to.
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
    // Before the body is read, so that the response reveals nothing to clients without a token.
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
        let error = "`lasting_seconds` needs the scope `everywhere`: leave it out";
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
        // An empty chunk counts too: an endless stream of them would never let the timeout fire.
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
        // The scheme is case-insensitive (RFC 9110, 11.1).
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
    };
    value(TOKEN_HEADER).or_else(bearer).unwrap_or_default()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::ControlOff => (
                StatusCode::NOT_FOUND,
                "control is disabled: call `Page::control_token` in the application".to_owned(),
            ),
            Self::EverywhereOff => (
                StatusCode::NOT_FOUND,
                "the scope `everywhere` is disabled: call `Page::fleet` and \
                 `Page::control_everywhere` in the application"
                    .to_owned(),
            ),
            Self::WrongToken => (
                StatusCode::UNAUTHORIZED,
                "the token is missing or wrong: send it in the header `X-Control-Token`".to_owned(),
            ),
            Self::BodyTooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                format!(
                    "the body did not arrive within {} s: send it without delay",
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
                format!("no breaker {name:?} is listed: see `breakers` in `GET /state`"),
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
