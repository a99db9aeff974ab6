//! The hosts for which the page responds.

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use retry_runtime::ConfigError;

use crate::refusal::refused;

/// A list of hosts. A host without a port matches every port.
#[derive(Clone)]
pub(crate) struct Hosts(Arc<[Authority]>);

impl Hosts {
    pub(crate) fn new(hosts: impl IntoIterator<Item = String>) -> Result<Self, ConfigError> {
        let parsed = |host: String| {
            parsed(host.as_bytes()).ok_or_else(|| {
                let rule = "must be a host such as `ops.example.com`, with or without a port";
                ConfigError::new("allowed_hosts", host, rule)
            })
        };
        let hosts: Arc<[_]> = hosts.into_iter().map(parsed).collect::<Result<_, _>>()?;
        if hosts.is_empty() {
            let rule = "must name a host: leave out `allowed_hosts` to respond for every host";
            return Err(ConfigError::new("allowed_hosts", "", rule));
        }
        Ok(Self(hosts))
    }

    /// Returns whether the request names at least one host, and only allowed ones.
    fn allow(&self, request: &Request) -> bool {
        // HTTP/2 has the host in the URI, as does HTTP/1.1 to a proxy.
        let address = request.uri().authority().map(|it| it.as_str().as_bytes());
        let headers = request.headers().get_all(header::HOST).iter().map(HeaderValue::as_bytes);
        let mut named = address.into_iter().chain(headers).peekable();
        named.peek().is_some() && named.all(|it| parsed(it).is_some_and(|it| self.contain(&it)))
    }

    fn contain(&self, host: &Authority) -> bool {
        self.0.iter().any(|allowed| {
            allowed.host().eq_ignore_ascii_case(host.host())
                && (allowed.port_u16().is_none() || allowed.port_u16() == host.port_u16())
        })
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(Authority::as_str)).finish()
    }
}

/// Parses a host with an optional port. Rejects anything else, such as a pattern or user info.
fn parsed(host: &[u8]) -> Option<Authority> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(byte);
    let authority = Authority::try_from(host).ok().filter(|_| host.iter().all(is_part))?;
    let port = authority.as_str().strip_prefix(authority.host())?;
    (port.is_empty() || authority.port_u16().is_some()).then_some(authority)
}

/// Refuses a request for another host. Otherwise, another site could make its own name resolve to
/// the address of this server, and read the page.
pub(crate) async fn only_allowed(
    State(hosts): State<Option<Hosts>>,
    request: Request,
    next: Next,
) -> Response {
    if hosts.is_none_or(|hosts| hosts.allow(&request)) {
        next.run(request).await
    } else {
        let error = "the page is not served for this host: use one of its `allowed_hosts`";
        refused(StatusCode::MISDIRECTED_REQUEST, error)
    }
}
