//! A circuit breaker as middleware.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use super::failed_status;
use crate::breaker::Handle;
use crate::outcomes::{BreakerHooks, classifying};
use crate::registry::KeyedSet;
use crate::sources::{BreakerSource, Keyed, One};

/// Puts a circuit breaker in front of the requests of a client.
///
/// The kind of an error or a failed status decides whether it counts: see
/// [`trip_on`](crate::CircuitBreaker::trip_on). The call ends with the response's head, so reading
/// the body is not part of it.
///
/// A rejected request ends with `Error::Middleware`. `downcast_ref` on the inner error finds the
/// [`CircuitOpen`](crate::CircuitOpen).
///
/// Breakers and sets in a `static` are listed in the [`registry`](crate::registry) when the
/// middleware is created.
pub struct CircuitBreakerMiddleware<B = One> {
    breaker: B,
    hooks: BreakerHooks<Response, Error>,
}

impl CircuitBreakerMiddleware {
    /// Creates middleware with one breaker for all requests: a `&'static CircuitBreaker`, an
    /// `Arc<CircuitBreaker>`, or a [`Handle`].
    #[must_use]
    pub fn new(breaker: impl Into<Handle>) -> Self {
        Self::with(One::new(breaker.into()))
    }
}

impl CircuitBreakerMiddleware<Keyed<fn(&Request) -> String>> {
    /// Creates middleware with a breaker per host, from a `&'static CircuitBreakers` or an
    /// `Arc<CircuitBreakers>`. A port other than the scheme's default is part of the key:
    /// `localhost:8080`.
    #[must_use]
    pub fn per_host(breakers: impl Into<KeyedSet>) -> Self {
        Self::keyed(breakers, host)
    }
}

impl<F> CircuitBreakerMiddleware<Keyed<F>> {
    /// Creates middleware with a breaker per key. The function returns the key of a request.
    #[must_use]
    pub fn keyed<K>(breakers: impl Into<KeyedSet>, key: F) -> Self
    where
        F: Fn(&Request) -> K,
        K: AsRef<str>,
    {
        Self::with(Keyed::new(breakers.into(), key))
    }
}

impl<B> CircuitBreakerMiddleware<B> {
    fn with(breaker: B) -> Self {
        let classify_ok = Some(classifying(failed_status));
        Self { breaker, hooks: BreakerHooks { classify_ok, ..BreakerHooks::default() } }
    }

    /// Decides by a predicate whether an error counts as a failure. Otherwise it counts as a
    /// success.
    #[must_use]
    pub fn failure_if(
        mut self,
        failure_if: impl Fn(&Error) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.hooks.failure_if = Some(Arc::new(failure_if));
        self
    }

    /// Decides by a predicate whether a response counts as a failure, instead of its status.
    #[must_use]
    pub fn failure_if_ok(
        mut self,
        failure_if_ok: impl Fn(&Response) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.hooks.classify_ok = None;
        self.hooks.failure_if_ok = Some(Arc::new(failure_if_ok));
        self
    }
}

fn host(request: &Request) -> String {
    let url = request.url();
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[async_trait]
impl<B> Middleware for CircuitBreakerMiddleware<B>
where
    B: BreakerSource<Request> + Send + Sync + 'static,
{
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let permit = self.breaker.acquire(&request)?;
        let outcome = next.run(request, extensions).await;
        self.hooks.record(permit, &outcome);
        outcome
    }
}

impl<B> fmt::Debug for CircuitBreakerMiddleware<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerMiddleware").finish_non_exhaustive()
    }
}
