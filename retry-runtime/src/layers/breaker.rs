//! A circuit breaker as a layer.

use std::fmt::{self, Display};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{BreakerHooks, Hooks, NoHooks};
use crate::breaker::{Handle, Permit};
use crate::failure::{CircuitOpen, Retryable};
use crate::outcomes::classifying;
use crate::registry::KeyedSet;
use crate::sources::{BreakerSource, Keyed, One};

/// Puts a circuit breaker in front of a service.
///
/// It does what `#[circuit_breaker(…)]` does. `B` finds the breaker of a request, and `H` has the
/// functions from the setters.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::CircuitBreaker;
/// use retry_utils::layers::{CircuitBreakerLayer, failed_status};
///
/// static CHAT_API: CircuitBreaker = CircuitBreaker::new("chat-api");
///
/// # fn layer<E>() -> impl tower_layer::Layer<u8> {
/// CircuitBreakerLayer::new(&CHAT_API).classify_ok::<http::Response<String>, E, _>(failed_status)
/// # }
/// ```
///
/// # Outcomes
///
/// The kind of an error decides whether it counts: see [`trip_on`](crate::CircuitBreaker::trip_on).
/// A response is a success unless [`classify_ok`](Self::classify_ok) or
/// [`failure_if_ok`](Self::failure_if_ok) classifies it as a failure. The call ends with the
/// response's head, so reading the body is not part of it. A dropped call counts like a dropped
/// [`Permit`].
///
/// A rejection is returned as the service's error, which must be `From<CircuitOpen>`.
/// [`layers`](super) describes what to do with types that lack this conversion.
///
/// # Readiness
///
/// A layer with a single breaker is ready when the service is. While the breaker is open, the layer
/// is ready immediately, so that calls fail fast. If the breaker then admits a request as a probe,
/// the request waits for the service after its admission. A layer with a breaker per key always
/// waits for the service, because the key is not known before the request. A rejection drops the
/// service that was ready, with any permit that it holds, and continues with a clone. An error of
/// `poll_ready` outside of an admitted call is not counted.
///
/// # Registry
///
/// Creating the layer lists breakers and sets in a `static` in the
/// [`registry`](crate::registry). To list those in an `Arc`, call
/// [`add_arc`](crate::registry::add_arc) or [`add_keyed`](crate::registry::add_keyed).
#[derive(Clone)]
pub struct CircuitBreakerLayer<B = One, H = NoHooks> {
    breaker: B,
    hooks: H,
}

impl CircuitBreakerLayer {
    /// Creates a layer with one breaker for all requests: a `&'static CircuitBreaker`, an
    /// `Arc<CircuitBreaker>`, or a [`Handle`].
    #[must_use]
    pub fn new(breaker: impl Into<Handle>) -> Self {
        Self { breaker: One::new(breaker.into()), hooks: NoHooks }
    }
}

impl<F> CircuitBreakerLayer<Keyed<F>> {
    /// Creates a layer with a breaker per key, from a `&'static CircuitBreakers` or an
    /// `Arc<CircuitBreakers>`. The function returns the key of a request. For one breaker per host,
    /// pass [`host`](super::host).
    #[must_use]
    pub fn keyed<Request, K>(breakers: impl Into<KeyedSet>, key: F) -> Self
    where
        F: Fn(&Request) -> K,
        K: AsRef<str>,
    {
        Self { breaker: Keyed::new(breakers.into(), key), hooks: NoHooks }
    }
}

impl<B, H> CircuitBreakerLayer<B, H> {
    /// Classifies responses by a function. For a failed response the function returns an error with
    /// the kind and the hint, like [`failed_status`](super::failed_status) and
    /// [`grpc_status`](super::grpc_status). The kind decides whether it counts.
    #[must_use]
    pub fn classify_ok<T, E, F>(
        self,
        classify: impl Fn(&T) -> Option<F> + Send + Sync + 'static,
    ) -> CircuitBreakerLayer<B, BreakerHooks<T, E>>
    where
        H: Hooks<BreakerHooks<T, E>>,
        F: Retryable + Display + Send + 'static,
    {
        self.hooked(|hooks| hooks.classify_ok = Some(classifying(classify)))
    }

    /// Decides by a predicate whether an error counts as a failure. Otherwise it counts as a
    /// success.
    #[must_use]
    pub fn failure_if<T, E>(
        self,
        failure_if: impl Fn(&E) -> bool + Send + Sync + 'static,
    ) -> CircuitBreakerLayer<B, BreakerHooks<T, E>>
    where
        H: Hooks<BreakerHooks<T, E>>,
    {
        self.hooked(|hooks| hooks.failure_if = Some(Arc::new(failure_if)))
    }

    /// Decides by a predicate whether a response counts as a failure. The predicate is not called
    /// for a response that [`classify_ok`](Self::classify_ok) classifies as a failure.
    #[must_use]
    pub fn failure_if_ok<T, E>(
        self,
        failure_if_ok: impl Fn(&T) -> bool + Send + Sync + 'static,
    ) -> CircuitBreakerLayer<B, BreakerHooks<T, E>>
    where
        H: Hooks<BreakerHooks<T, E>>,
    {
        self.hooked(|hooks| hooks.failure_if_ok = Some(Arc::new(failure_if_ok)))
    }

    fn hooked<T, E>(
        self,
        set: impl FnOnce(&mut BreakerHooks<T, E>),
    ) -> CircuitBreakerLayer<B, BreakerHooks<T, E>>
    where
        H: Hooks<BreakerHooks<T, E>>,
    {
        let mut hooks = self.hooks.into_hooks();
        set(&mut hooks);
        CircuitBreakerLayer { breaker: self.breaker, hooks }
    }
}

impl<S, B: Clone, H: Clone> Layer<S> for CircuitBreakerLayer<B, H> {
    type Service = CircuitBreakerService<S, B, H>;

    fn layer(&self, inner: S) -> Self::Service {
        let Self { breaker, hooks } = self.clone();
        CircuitBreakerService { inner, is_ready: false, breaker, hooks: Arc::new(hooks) }
    }
}

/// A service behind a circuit breaker, from [`CircuitBreakerLayer`].
pub struct CircuitBreakerService<S, B = One, H = NoHooks> {
    inner: S,
    /// `true` if the inner service has become ready and has not been called since.
    is_ready: bool,
    breaker: B,
    hooks: Arc<H>,
}

impl<S: Clone, B: Clone, H> Clone for CircuitBreakerService<S, B, H> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            is_ready: false,
            breaker: self.breaker.clone(),
            hooks: Arc::clone(&self.hooks),
        }
    }
}

impl<S, Request, B, H> Service<Request> for CircuitBreakerService<S, B, H>
where
    S: Service<Request, Error: Retryable + From<CircuitOpen>> + Clone,
    B: BreakerSource<Request>,
    H: Hooks<BreakerHooks<S::Response, S::Error>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = CircuitBreakerFuture<S, Request, S::Future, H>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        if !self.breaker.is_open() {
            self.is_ready = false;
            ready!(self.inner.poll_ready(context))?;
            self.is_ready = true;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let is_ready = mem::take(&mut self.is_ready);
        let acquired = self.breaker.acquire(&request);
        let hooks = Arc::clone(&self.hooks);
        let (permit, call) = match acquired {
            Ok(permit) if is_ready => {
                (Some(permit), Call::Runs { future: self.inner.call(request) })
            }
            // The service may already hold a permit, or be queued for one, so the call takes it. A
            // clone would wait for a permit that only this service can release.
            Ok(permit) => {
                let clone = self.inner.clone();
                let service = mem::replace(&mut self.inner, clone);
                (Some(permit), Call::Waits { service, request: Some(request) })
            }
            // A rejection drops the service for the same reason.
            Err(open) => {
                self.inner = self.inner.clone();
                (None, Call::Rejected { open: Some(open) })
            }
        };
        CircuitBreakerFuture { permit, call, hooks }
    }
}

pin_project! {
    /// The response future of a service behind a circuit breaker.
    #[must_use = "futures do nothing unless polled"]
    pub struct CircuitBreakerFuture<S, Request, F, H> {
        // Dropped before the call, because the drop of the call may panic.
        permit: Option<Permit<'static>>,
        #[pin]
        call: Call<S, Request, F>,
        hooks: Arc<H>,
    }
}

pin_project! {
    #[project = CallProjection]
    enum Call<S, Request, F> {
        Rejected { open: Option<CircuitOpen> },
        // Waits until the service is ready.
        Waits { service: S, request: Option<Request> },
        Runs { #[pin] future: F },
    }
}

impl<S, Request, H> Future for CircuitBreakerFuture<S, Request, S::Future, H>
where
    S: Service<Request, Error: Retryable + From<CircuitOpen>>,
    H: Hooks<BreakerHooks<S::Response, S::Error>>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        // If the call panics, it drops the permit, which counts as a failure.
        let permit = this.permit.take();
        let Poll::Ready(outcome) = this.call.as_mut().poll_call(context) else {
            *this.permit = permit;
            return Poll::Pending;
        };
        if let Some(permit) = permit {
            match this.hooks.get() {
                Some(hooks) => hooks.record(permit, &outcome),
                None => permit.record(&outcome),
            }
        }
        Poll::Ready(outcome)
    }
}

impl<S, Request> Call<S, Request, S::Future>
where
    S: Service<Request, Error: From<CircuitOpen>>,
{
    fn poll_call(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<S::Response, S::Error>> {
        loop {
            let future = match self.as_mut().project() {
                CallProjection::Runs { future } => return future.poll(context),
                CallProjection::Waits { service, request } => {
                    ready!(service.poll_ready(context))?;
                    service.call(request.take().expect("not polled after completion"))
                }
                CallProjection::Rejected { open } => {
                    let open = open.take().expect("not polled after completion");
                    return Poll::Ready(Err(open.into()));
                }
            };
            self.set(Call::Runs { future });
        }
    }
}

impl<B, H> fmt::Debug for CircuitBreakerLayer<B, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerLayer").finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, B, H> fmt::Debug for CircuitBreakerService<S, B, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
