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

/// The operator page, as a router of axum.
///
/// # Default
///
/// The page is read-only. [`control_token`](Self::control_token) enables the buttons.
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
/// # Recording
///
/// The first [`router`](Self::router) of the process starts a journal, which all pages share. It
/// keeps the last 100 transitions and 200 retries and ends of calls, and counts for 1024 operations
/// and 65,536 breakers. Each such event takes a lock; a call that succeeds at once causes none.
///
/// The journal takes one of the eight places for listeners
/// ([`add_listener`](retry_runtime::observe::add_listener)). If no place is left, the page shows
/// only the breakers.
#[derive(Clone, Default)]
#[must_use = "nothing is shown before `router` is served"]
pub struct Page {
    token: Option<Token>,
}

impl Page {
    /// Creates a read-only page.
    pub const fn new() -> Self {
        Self { token: None }
    }

    /// Enables the buttons for operators who have this token.
    ///
    /// The browser asks the operator for the token, sends it in a header and forgets it when the
    /// page is closed. It is compared in constant time, and neither logged nor shown. Pages of
    /// other sites cannot set that header, so they cannot press the buttons with an operator's
    /// browser.
    /// Serve the page over TLS, since others on the network could read the token otherwise.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the token has fewer than 16 characters, contains anything but visible
    /// ASCII characters and spaces, or begins or ends with a space.
    pub fn control_token(mut self, token: impl Into<String>) -> Result<Self, ConfigError> {
        self.token = Some(Token::new(token.into())?);
        Ok(self)
    }

    /// Returns the routes, to be nested or merged into those of the application, and starts the
    /// journal.
    pub fn router(self) -> Router {
        journal::start();
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

/// Allows the document's `style` and `script` by their digests. The test of the page in a browser
/// computes them and prints what to write here.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-u99tZONiapnx8LeRdHJgLFJ0MyVvZfHeuikHM0+mQLo='; \
    script-src 'sha256-Ejg5LTNULubXJa5SyAW0Ap17L5ltzjRx5fi3wRphcgI='; \
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
