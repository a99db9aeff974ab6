//! The page as a router.

use std::fmt;
use std::sync::LazyLock;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::{Html, Response};
use axum::routing::{get, post};

use retry_runtime::ConfigError;

use crate::token::Token;
use crate::{control, journal, state};

/// A page about the breakers in the registry and about recent retries, as a router of axum.
///
/// # Default
///
/// It shows, and changes nothing. [`control_token`](Self::control_token) turns the buttons on.
///
/// ```
/// use axum::Router;
/// use retry_page::Page;
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
/// ([`add_listener`](retry_runtime::observe::add_listener)); if none is left, it shows the breakers without what has happened.
#[derive(Clone, Default)]
#[must_use = "nothing is shown before `router` is served"]
pub struct Page {
    token: Option<Token>,
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
        self.token = Some(Token::new(token.into())?);
        Ok(self)
    }

    /// The routes, to be nested or merged wherever the application likes; and from now on what happens is kept.
    pub fn router(self) -> Router {
        journal::keep();
        Router::new()
            .route("/", get(document))
            .route("/state", get(state::state))
            .route("/control", post(control::control))
            .layer(map_response(with_headers))
            .with_state(self.token)
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("control", &self.token.is_some()).finish()
    }
}

async fn document() -> Html<&'static str> {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
        include_str!("assets/page.html")
            .replace("/* page.css */", include_str!("assets/page.css"))
            .replace("/* page.js */", include_str!("assets/page.js"))
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
