//! The service that retries, and its future.

use std::fmt::{self, Display};
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::calls::Calls;
use super::{ByClone, CloneRequest, RetryLayer, Settings};
use crate::failure::Retryable;
use crate::layers::{Hooks, NoHooks, RetryHooks};
use crate::observe::Excerpt;
use crate::outcomes::Failed;
use crate::run::{Judge, Run};
use crate::session::Failure;

impl<S, C: Clone, H: Clone> Layer<S> for RetryLayer<C, H> {
    type Service = RetryService<S, C, H>;

    fn layer(&self, inner: S) -> Self::Service {
        RetryService { inner, settings: Arc::new(self.settings.clone()) }
    }
}

/// A service whose requests are retried, from [`RetryLayer`].
pub struct RetryService<S, C = ByClone, H = NoHooks> {
    inner: S,
    settings: Arc<Settings<C, H>>,
}

impl<S: Clone, C, H> Clone for RetryService<S, C, H> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), settings: Arc::clone(&self.settings) }
    }
}

impl<S, Request, C, H> Service<Request> for RetryService<S, C, H>
where
    S: Service<Request, Error: Retryable + Display> + Clone,
    C: CloneRequest<Request>,
    H: Hooks<RetryHooks<S::Response, S::Error>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = RetryFuture<S, Request, C, H>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The service that is ready moves into the future. Its clone may not be ready.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        let settings = &*self.settings;
        let mut run = settings.policy.run(Calls::new(ready, request, Arc::clone(&self.settings)));
        if let Some(name) = &settings.name {
            run = run.name(name.clone());
        }
        if let Some(on_retry) = settings.on_retry.clone() {
            run = run.on_retry(move |event| on_retry(event));
        }
        if let Some(hooks) = settings.hooks.get() {
            if let Some(convert) = hooks.timed_out {
                run = run.timeouts(hooks.attempt_timeout, hooks.total_timeout, convert);
            }
        }
        RetryFuture { run: run.judged_by() }
    }
}

/// Classifies each outcome: an error, or the failure of a response.
struct ByOutcome;

impl<T, E: Retryable + Display> Judge<Failed<T, E>> for ByOutcome {
    fn failure(failed: &Failed<T, E>) -> Failure<'_> {
        failed.failure()
    }

    fn shown(failed: &Failed<T, E>) -> Excerpt<'_> {
        failed.failure().error.unwrap_or(Excerpt::of_text(&"not good enough"))
    }
}

pin_project! {
    /// The response future of a service whose requests are retried.
    #[must_use = "futures do nothing unless polled"]
    pub struct RetryFuture<S, Request, C, H>
    where
        S: Service<Request>,
        S: Clone,
        C: CloneRequest<Request>,
        H: Hooks<RetryHooks<S::Response, S::Error>>,
    {
        #[pin]
        run: Run<
            'static,
            Calls<S, Request, C, H>,
            S::Response,
            Failed<S::Response, S::Error>,
            ByOutcome,
        >,
    }
}

impl<S, Request, C, H> Future for RetryFuture<S, Request, C, H>
where
    S: Service<Request, Error: Retryable + Display> + Clone,
    C: CloneRequest<Request>,
    H: Hooks<RetryHooks<S::Response, S::Error>>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(self.project().run.poll(context)).or_else(Failed::into_outcome))
    }
}

impl<S: fmt::Debug, C, H> fmt::Debug for RetryService<S, C, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt("RetryService", f)
    }
}
