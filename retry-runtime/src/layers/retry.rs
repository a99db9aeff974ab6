//! Retries as a layer.

mod calls;
#[cfg(feature = "http")]
mod ready_body;
mod request;
mod service;

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::sync::Arc;
use std::time::Duration;

use super::{Hooks, NoHooks, RetryHooks};
use crate::budget::RetryBudget;
use crate::config::RetryConfig;
use crate::failure::{Retryable, TimedOut};
use crate::observe::Event;
use crate::outcomes::classifying;
#[cfg(feature = "http")]
pub use ready_body::{ReadyBodies, ReadyBody};
pub use request::{ByClone, ByFunction, CloneRequest};
pub use service::{RetryFuture, RetryService};

type OnRetry = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// Retries the requests of a service under a policy.
///
/// It does what `#[async_retry(POLICY)]` does, and its methods have the names of that attribute's
/// keys. `C` clones a request, and `H` has the functions and timeouts from the setters.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::STANDARD;
/// use retry_utils::layers::{RetryLayer, failed_status};
/// use tower_layer::Layer;
/// # use http::{Request, Response};
/// # use std::future::{Ready, ready};
/// # use std::task::{Context, Poll};
/// # #[derive(Clone)] struct Client;
/// # impl tower_service::Service<Request<String>> for Client {
/// #     type Response = Response<String>;
/// #     type Error = std::io::Error;
/// #     type Future = Ready<Result<Self::Response, Self::Error>>;
/// #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> { Poll::Ready(Ok(())) }
/// #     fn call(&mut self, _: Request<String>) -> Self::Future { ready(Ok(Response::new("answer".to_owned()))) }
/// # }
/// use tower_service::Service;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let mut client = RetryLayer::new(STANDARD)
///     .name("chat-api")
///     .classify_ok(failed_status)
///     .layer(Client);
/// let response = client.call(Request::new("question".to_owned())).await?;
/// # assert_eq!(response.body(), "answer"); Ok(()) }
/// ```
///
/// # Requests
///
/// A request that is [`Clone`] is cloned before each attempt, including the last. For other
/// requests, set [`clone_request`](Self::clone_request), or
/// [`clone_ready_body`](Self::clone_ready_body) for HTTP bodies. A request that cannot be cloned is
/// sent once. If it fails and would be retried, [`Event::GaveUp`](crate::observe::Event::GaveUp)
/// has the reason [`NotRepeatable`](crate::observe::Reason::NotRepeatable).
///
/// # Readiness
///
/// Before the first attempt, the caller polls the service for readiness. Each further attempt polls
/// a clone of the service, and `attempt_timeout` covers that wait. An error of that clone's
/// `poll_ready` is the error of the attempt.
///
/// # Errors of the service
///
/// They must be [`Retryable`]. After the last attempt, the caller gets the last error unchanged.
/// Timeouts need `S::Error: From<TimedOut>`. [`layers`](crate::layers) describes what to do with
/// other types.
#[derive(Clone)]
pub struct RetryLayer<C = ByClone, H = NoHooks> {
    settings: Settings<C, H>,
}

/// The settings that a layer was built with.
#[derive(Clone)]
struct Settings<C, H> {
    policy: RetryConfig,
    name: Option<Cow<'static, str>>,
    on_retry: Option<OnRetry>,
    clone: C,
    hooks: H,
}

impl RetryLayer {
    /// Creates a layer with this policy, for requests that are [`Clone`].
    #[must_use]
    pub const fn new(policy: RetryConfig) -> Self {
        let settings =
            Settings { policy, name: None, on_retry: None, clone: ByClone, hooks: NoHooks };
        Self { settings }
    }
}

impl<C, H> RetryLayer<C, H> {
    /// Sets the name in events. Default: the type of the service, without its parameters. All
    /// services behind an adapter, such as `map_err`, have that adapter's name, so set a name for
    /// them.
    #[must_use]
    pub fn name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.settings.name = Some(name.into());
        self
    }

    /// Takes tokens for retries from this budget instead of the policy's. Default: the budget of
    /// the policy, if any.
    #[must_use]
    pub fn budget(mut self, budget: &'static RetryBudget) -> Self {
        self.settings.policy.budget = Some(budget);
        self
    }

    /// Calls a function before the wait of each retry.
    #[must_use]
    pub fn on_retry(mut self, hook: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        self.settings.on_retry = Some(Arc::new(hook));
        self
    }

    /// Clones requests with this function. A request for which it returns `None` is sent once.
    /// Default: [`Clone`].
    ///
    /// Return `None` for requests that must not be sent twice, such as a `POST` without an
    /// idempotency key.
    #[must_use]
    pub fn clone_request<Request, F>(self, clone: F) -> RetryLayer<ByFunction<F>, H>
    where
        F: Fn(&Request) -> Option<Request>,
    {
        self.cloning(ByFunction::new(clone))
    }

    /// Clones HTTP requests whose body is not [`Clone`], such as those of axum and tonic.
    ///
    /// Before an attempt, the layer reads as much of the body as is ready, up to `limit` bytes,
    /// without waiting. If that is the whole body, as in a unary gRPC call, the request is cloned.
    /// A request whose body is longer, or not ready, is sent once. The rest of its body is sent as
    /// a stream.
    ///
    /// `wrap` creates the body that is sent, for example `tonic::body::Body::new` or
    /// `axum::body::Body::new`.
    #[cfg(feature = "http")]
    #[must_use]
    pub fn clone_ready_body<B, W>(self, limit: usize, wrap: W) -> RetryLayer<ReadyBodies<W>, H>
    where
        B: http_body::Body,
        W: Fn(ReadyBody<B>) -> B,
    {
        self.cloning(ReadyBodies::new(limit, wrap))
    }

    fn cloning<C2>(self, clone: C2) -> RetryLayer<C2, H> {
        let Settings { policy, name, on_retry, clone: _, hooks } = self.settings;
        RetryLayer { settings: Settings { policy, name, on_retry, clone, hooks } }
    }

    /// Classifies responses by a function. For a failed response the function returns an error with
    /// the kind and the hint, like [`failed_status`](crate::layers::failed_status) and
    /// [`grpc_status`](crate::layers::grpc_status). After the last attempt, the caller gets the
    /// response unchanged.
    #[must_use]
    pub fn classify_ok<T, E, F>(
        self,
        classify: impl Fn(&T) -> Option<F> + Send + Sync + 'static,
    ) -> RetryLayer<C, RetryHooks<T, E>>
    where
        H: Hooks<RetryHooks<T, E>>,
        F: Retryable + Display + Send + 'static,
    {
        self.hooked(|hooks| hooks.classify_ok = Some(classifying(classify)))
    }

    /// Decides by a predicate instead of the error's kind. The kind still appears in events, and
    /// the error's own hint still counts: [`Never`](crate::RetryHint::Never) ends the sequence even
    /// if the predicate returns `true`.
    #[must_use]
    pub fn retry_if<T, E>(
        self,
        retry_if: impl Fn(&E) -> bool + Send + Sync + 'static,
    ) -> RetryLayer<C, RetryHooks<T, E>>
    where
        H: Hooks<RetryHooks<T, E>>,
    {
        self.hooked(|hooks| hooks.retry_if = Some(Arc::new(retry_if)))
    }

    /// Retries if a predicate returns `true` for a response. After the last attempt, the caller
    /// gets the response unchanged. The predicate is not called for a response that
    /// [`classify_ok`](Self::classify_ok) classifies as a failure.
    #[must_use]
    pub fn retry_if_ok<T, E>(
        self,
        retry_if_ok: impl Fn(&T) -> bool + Send + Sync + 'static,
    ) -> RetryLayer<C, RetryHooks<T, E>>
    where
        H: Hooks<RetryHooks<T, E>>,
    {
        self.hooked(|hooks| hooks.retry_if_ok = Some(Arc::new(retry_if_ok)))
    }

    /// Gets the wait that an error asks for from a function instead of the error's own
    /// [hint](crate::RetryHint). With `None`, only the backoff decides.
    #[must_use]
    pub fn retry_after<T, E>(
        self,
        retry_after: impl Fn(&E) -> Option<Duration> + Send + Sync + 'static,
    ) -> RetryLayer<C, RetryHooks<T, E>>
    where
        H: Hooks<RetryHooks<T, E>>,
    {
        self.hooked(|hooks| hooks.retry_after = Some(Arc::new(retry_after)))
    }

    /// Gets the wait that a response asks for, if [`retry_if_ok`](Self::retry_if_ok) retries it.
    #[must_use]
    pub fn retry_after_ok<T, E>(
        self,
        retry_after_ok: impl Fn(&T) -> Option<Duration> + Send + Sync + 'static,
    ) -> RetryLayer<C, RetryHooks<T, E>>
    where
        H: Hooks<RetryHooks<T, E>>,
    {
        self.hooked(|hooks| hooks.retry_after_ok = Some(Arc::new(retry_after_ok)))
    }

    /// Drops an attempt that takes longer. It counts as
    /// [`FailureKind::Timeout`](crate::FailureKind::Timeout), and no predicate is called for it. An
    /// attempt ends with the response's head, so reading the body is not part of it. Default: none.
    #[must_use]
    pub fn attempt_timeout<T, E>(self, limit: Duration) -> RetryLayer<C, RetryHooks<T, E>>
    where
        H: Hooks<RetryHooks<T, E>>,
        E: From<TimedOut>,
    {
        self.hooked(|hooks| {
            hooks.attempt_timeout = Some(limit);
            hooks.convert_timeouts();
        })
    }

    /// Ends the sequence if all attempts and waits together take longer. No wait starts that would
    /// end later, and a running attempt is dropped. Default: none.
    #[must_use]
    pub fn total_timeout<T, E>(self, limit: Duration) -> RetryLayer<C, RetryHooks<T, E>>
    where
        H: Hooks<RetryHooks<T, E>>,
        E: From<TimedOut>,
    {
        self.hooked(|hooks| {
            hooks.total_timeout = Some(limit);
            hooks.convert_timeouts();
        })
    }

    fn hooked<T, E>(
        self,
        set: impl FnOnce(&mut RetryHooks<T, E>),
    ) -> RetryLayer<C, RetryHooks<T, E>>
    where
        H: Hooks<RetryHooks<T, E>>,
    {
        let Settings { policy, name, on_retry, clone, hooks } = self.settings;
        let mut hooks = hooks.into_hooks();
        set(&mut hooks);
        RetryLayer { settings: Settings { policy, name, on_retry, clone, hooks } }
    }
}

impl<C, H> fmt::Debug for RetryLayer<C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt("RetryLayer", f)
    }
}

impl<C, H> Settings<C, H> {
    fn fmt(&self, of: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(of)
            .field("policy", &self.policy)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
