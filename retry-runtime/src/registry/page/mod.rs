//! A page that shows what the breakers and retries of this process are doing, and lets an operator step in.
//!
//! | file | what |
//! |---|---|
//! | `journal` | what happened lately, kept while there is a page |
//! | `state` | that and the registry, as JSON |
//! | `control` | force open, force closed, reset, mode |
//! | `page.html`, `page.css`, `page.js` | the page itself |
//!
//! # Routes
//!
//! Under the path where the application puts [`Page::router`]:
//!
//! | route | what |
//! |---|---|
//! | `GET /` | the page: one document without anything from elsewhere, which asks for the state once a second |
//! | `GET /state` | the state as JSON, whose fields are in the table below |
//! | `POST /control` | `{"breaker": "llm-api", "action": "force_open"}`; 404 unless a token was given |
//!
//! `action` is `force_open`, `force_closed`, `reset` or `mode`, and the last has `"mode": "enforce"`, `"observe"` or
//! `"off"` beside it. The request carries the token as `X-Control-Token`, or after `Authorization: Bearer`. The answer is
//! 204, or `{"error": …}` with 401 for a wrong or missing token, 404 for a breaker that is not listed, 413 for a body of
//! more than 4096 bytes, 400 for anything else that is wrong.
//!
//! # The state
//!
//! Fields may be added; one that is removed or changes its meaning raises `version`.
//!
//! | field | what |
//! |---|---|
//! | `version` | 1 |
//! | `control` | whether `POST /control` is there |
//! | `breakers` | in the order of their names; fields of [`Snapshot`](super::Snapshot) with `state` as `CLOSED`, `OPEN` or `HALF_OPEN`, `in_state_seconds` (`null`: since the start), `retry_in_seconds` (`null`: not open, or forced), and `rejected`, the calls that this breaker has rejected since there is a page; those that it would have rejected are included |
//! | `operations` | in the order of their names: `name`, `retries`, `retried_calls`, `gave_up`, `gave_up_after_retries`, `would_retry`, counted since there is a page; `last_kind`, `last_error` and `last_seconds_ago` of the last failure; `recent`, its retries in the last 12 spans of 10 s, the oldest first |
//! | `transitions` | the last 100, the newest first: `sequence`, which grows over transitions and events alike, `breaker`, `from`, `to`, `calls`, `failures`, `slow_calls`, `seconds_ago` |
//! | `events` | the last 200 retries and endings, the newest first: `sequence`, `event` (`retry_scheduled`, `gave_up`, `would_retry`), `operation`, `attempt`, `max_attempts`, `kind`, `reason`, `delay_seconds`, `error`, `seconds_ago`; what does not apply is `null` |
//!
//! Operations beyond the first 1024 names are counted under `(others)`.
//!
//! # Who may see it
//!
//! The page shows the names of your dependencies and the first 100 characters of their errors. Serve it where only those
//! can come who may see that: on a port of its own that is not open to the world, or behind the application's own layer.
//! The router answers whoever asks.

mod control;
mod journal;
mod state;

use std::fmt;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{Html, Response};
use axum::routing::{get, post};

use crate::config::ConfigError;

/// A page about the breakers in the registry and about recent retries, as a router of axum.
///
/// # Default
///
/// It shows, and changes nothing. [`control_token`](Self::control_token) turns the buttons on.
///
/// ```
/// use axum::Router;
/// use retry_runtime::registry::page::Page;
///
/// # fn main() -> Result<(), retry_runtime::ConfigError> {
/// let token = "from the settings of your application";
/// let page = Page::new().control_token(token)?;
/// let app: Router = Router::new().nest("/resilience", page.router());
/// # drop(app);
/// # Ok(())
/// # }
/// ```
///
/// What has happened is kept from the first [`router`](Self::router) on, and for the whole process: at most 100
/// transitions, 200 retries and endings, and counts of 1024 operations and of 65,536 breakers. Each event takes a lock for
/// that; where all is well there are none. The page takes one of the eight places for listeners
/// ([`add_listener`](crate::observe::add_listener)); if none is left, it shows the breakers without what has happened.
#[derive(Clone, Default)]
#[must_use = "nothing is shown before `router` is served"]
pub struct Page {
    token: Option<Arc<str>>,
}

impl Page {
    /// A page that shows, and changes nothing.
    pub const fn new() -> Self {
        Self { token: None }
    }

    /// Turns on the buttons, for whoever has this token: at least 16 characters, not for people to guess.
    ///
    /// The page asks the operator for it and keeps it until it is closed; it is sent in a header, compared in constant
    /// time, and never written to a log or shown. A header cannot be set by a page of another site, so that a stranger's
    /// page cannot push the buttons with an operator's browser. Serve it over TLS, as everything with a password.
    ///
    /// # Errors
    ///
    /// A token that is shorter, or holds what a header cannot: anything but visible ASCII characters, and spaces in between.
    pub fn control_token(mut self, token: impl Into<String>) -> Result<Self, ConfigError> {
        let token = token.into();
        let rule = if token.len() < 16 {
            "must have at least 16 characters, such as 32 random ones: whoever guesses it can stop every call"
        } else if !token.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            "must be of visible ASCII characters, since it is sent in a header"
        } else if token.trim_ascii() != token {
            "must not begin or end with a space, which a header loses: trim what was read from a file"
        } else {
            self.token = Some(token.into());
            return Ok(self);
        };
        // Not the value: it is a secret, even where it is a bad one.
        Err(ConfigError::new("control_token", "(not shown)", rule))
    }

    /// The routes, to be nested or merged wherever the application likes; and from now on what happens is kept.
    pub fn router(self) -> Router {
        journal::keep();
        Router::new()
            .route("/", get(document))
            .route("/state", get(state::state))
            .route("/control", post(control::control))
            .layer(map_response(with_headers))
            .with_state(self)
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("control", &self.token.is_some()).finish()
    }
}

async fn document() -> Html<&'static str> {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        include_str!("page.html")
            .replace("/* page.css */", include_str!("page.css"))
            .replace("/* page.js */", include_str!("page.js"))
    });
    Html(&DOCUMENT)
}

/// The digests of what stands in the document's `style` and `script`. A test computes them, and says what to write here.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-u99tZONiapnx8LeRdHJgLFJ0MyVvZfHeuikHM0+mQLo='; \
    script-src 'sha256-ctVSuI9hhux9V1kTD6NCElNdc5ByIBYXwbOmKt5o0jI='; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
