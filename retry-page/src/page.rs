//! The page as an axum router.

use std::fmt;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{Html, Response};
use axum::routing::{get, post};
use retry_runtime::ConfigError;

use crate::control::Controls;
use crate::fleet::Watch;
use crate::hosts::{Hosts, only_allowed};
use crate::report::Report;
use crate::state::Sources;
use crate::texts::Texts;
use crate::token::Token;
use crate::{control, journal, state};

/// The operator page, as an axum router.
///
/// # Default
///
/// The page is read-only. [`control_token`](Self::control_token) enables the buttons.
///
/// ```
/// # mod retry_utils { pub mod page { pub use ::retry_page::*; } pub use retry_runtime::*; }
/// use axum::Router;
/// use retry_utils::page::Page;
///
/// # fn main() -> Result<(), retry_utils::ConfigError> {
/// let token = "from the settings of your application";
/// let page = Page::new().control_token(token)?;
/// let app: Router = Router::new().nest_service("/resilience", page.router());
/// # drop(app);
/// # Ok(())
/// # }
/// ```
///
/// # Recording
///
/// The first call of [`router`](Self::router) starts a journal, which all pages of the process
/// share. It keeps the last 100 transitions, 100 operator actions, and 200 retries and failed
/// calls. It keeps counts for 1024 operations, and rejections for
/// [`CAPACITY`](retry_runtime::registry::CAPACITY) breakers; the others share a count. Each such
/// event takes a lock. A call that succeeds at its first attempt causes no event.
///
/// The journal is one of at most eight listeners of the process
/// ([`add_listener`](retry_runtime::observe::add_listener)). If it cannot be added, the page shows
/// only the breakers and budgets.
///
/// # Load
///
/// All clients share one response body for the state. A page reads the state at most every 250 ms,
/// on a thread that serves no requests, and a request waits for the next reading. After a reading,
/// the page rests for at least nine times as long as the reading took. Up to 256 requests wait;
/// further ones get 503. A response has at most 200 rows of each list.
///
/// The routes need a tokio runtime with timers, such as that of `#[tokio::main]`.
#[derive(Clone, Default)]
#[must_use = "nothing is shown before `router` is served"]
pub struct Page {
    token: Option<Token>,
    hosts: Option<Hosts>,
    #[cfg(feature = "fleet")]
    fleet: Option<retry_fleet::Fleet>,
    #[cfg(feature = "fleet")]
    everywhere: bool,
}

impl Page {
    /// Creates a read-only page.
    pub const fn new() -> Self {
        Self {
            token: None,
            hosts: None,
            #[cfg(feature = "fleet")]
            fleet: None,
            #[cfg(feature = "fleet")]
            everywhere: false,
        }
    }

    /// Enables the buttons for operators who have this token.
    ///
    /// The page asks the operator for the token, sends it in a header, and forgets it when it is
    /// closed. The token is compared in constant time, and neither logged nor shown. Pages of other
    /// sites cannot set that header, so they cannot act through an operator's browser. Serve the
    /// page over TLS: otherwise, others on the network can read the token.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the token has fewer than 16 characters, contains anything but visible
    /// ASCII characters and spaces, or begins or ends with a space.
    pub fn control_token(mut self, token: impl Into<String>) -> Result<Self, ConfigError> {
        self.token = Some(Token::new(token.into())?);
        Ok(self)
    }

    /// Sets the hosts for which the page responds: names or addresses, each with or without a port.
    /// A host without a port matches every port. Browsers omit the ports 80 and 443. Default: any
    /// host.
    ///
    /// A request for another host gets 421. Without this check, another site can make its own name
    /// resolve to the address of this server, and read the responses in an operator's browser. Set
    /// the hosts if the page is not behind a login. Behind a proxy, set the hosts that the proxy
    /// sends.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first value that is not a host, or if the list is empty.
    ///
    /// ```
    /// # mod retry_utils { pub mod page { pub use ::retry_page::*; } pub use retry_runtime::*; }
    /// use retry_utils::page::Page;
    ///
    /// let page = Page::new().allowed_hosts(["ops.example.com", "localhost:8090", "[::1]"])?;
    /// # drop(page);
    /// # Ok::<(), retry_utils::ConfigError>(())
    /// ```
    pub fn allowed_hosts(
        mut self,
        hosts: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, ConfigError> {
        self.hosts = Some(Hosts::new(hosts.into_iter().map(Into::into))?);
        Ok(self)
    }

    /// Shows a fleet: whether this process acts with it, the votes and probes of each breaker, the
    /// operators' commands, and the live instances.
    ///
    /// A page queries the fleet's server at most once a second, regardless of the number of
    /// clients.
    #[cfg(feature = "fleet")]
    #[cfg_attr(docsrs, doc(cfg(feature = "fleet")))]
    pub fn fleet(mut self, fleet: &retry_fleet::Fleet) -> Self {
        self.fleet = Some(fleet.clone());
        self
    }

    /// Lets operators who have the token act on all instances of the [`fleet`](Self::fleet).
    /// Default: they act on this process only.
    ///
    /// Anyone with the token can then stop all calls to a dependency in the whole fleet.
    ///
    /// ```
    /// # mod retry_utils {
    /// #     pub use retry_fleet as fleet;
    /// #     pub mod page { pub use ::retry_page::*; }
    /// #     pub use retry_runtime::*;
    /// # }
    /// use retry_utils::fleet::Fleet;
    /// use retry_utils::page::Page;
    ///
    /// # fn main() -> Result<(), retry_utils::ConfigError> {
    /// # let builder = Fleet::in_memory().mode(retry_utils::Mode::Off);
    /// let fleet = builder.group("prod/checkout").share_listed().start()?;
    /// let token = "from the settings of your application";
    /// let page = Page::new().control_token(token)?.fleet(&fleet).control_everywhere();
    /// # drop(page);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "fleet")]
    #[cfg_attr(docsrs, doc(cfg(feature = "fleet")))]
    pub fn control_everywhere(mut self) -> Self {
        self.everywhere = true;
        self
    }

    /// Returns the routes, and starts the journal.
    ///
    /// Nest the routes with [`Router::nest_service`]: with [`Router::nest`], the page responds at
    /// `/resilience` but not at `/resilience/`. Or merge them into your router.
    pub fn router(self) -> Router {
        journal::start();
        let control = self.token.is_some();
        #[cfg(feature = "fleet")]
        let fleet = self.fleet.map(|fleet| Arc::new(Watch::new(fleet, self.everywhere)));
        #[cfg(not(feature = "fleet"))]
        let fleet: Option<Arc<Watch>> = None;
        let watch = fleet.clone();
        let texts = Texts::new(move || {
            let report = Report::read(watch.as_deref().map(Watch::reading));
            Box::new(move |search| report.text(control, search))
        });
        let controls = Controls { token: self.token, fleet: fleet.clone() };
        Router::new()
            .route("/", get(document))
            .route("/state", get(state::state).with_state(Sources { texts, fleet }))
            .route("/control", post(control::control).with_state(controls))
            .layer(from_fn_with_state(self.hosts, only_allowed))
            .layer(map_response(with_headers))
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut page = f.debug_struct("Page");
        page.field("control", &self.token.is_some()).field("allowed_hosts", &self.hosts);
        #[cfg(feature = "fleet")]
        page.field("fleet", &self.fleet).field("everywhere", &self.everywhere);
        page.finish()
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

/// Allows the document's `style` and `script` by their digests. A test in `integrations/page`
/// computes the digests and prints the expected directives.
const POLICY: &str = "default-src 'none'; \
    style-src 'sha256-cl6H4ZuaMTIGI4bAEtMavgJsymMElYNCVMAAUncdkvw='; \
    script-src 'sha256-E9542BurqskQHRmLRRptt75qnX+X9GHqMkX/qCgd05c='; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
