//! Calls of a service as the attempts of a run.

use std::any::type_name;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_service::Service;

use super::{CloneRequest, Settings};
use crate::layers::{Hooks, RetryHooks};
use crate::outcomes::Failed;
use crate::run::Attempts;

/// An [`Attempts`] that calls a service.
pub(super) struct Calls<S, Request, C, H> {
    service: S,
    /// `true` if the service has become ready and has not been called since.
    is_ready: bool,
    /// The request of the next attempt, if another attempt is possible.
    request: Option<Request>,
    settings: Arc<Settings<C, H>>,
}

impl<S, Request, C, H> Calls<S, Request, C, H> {
    /// Creates the attempts. The service must be ready.
    pub(super) fn new(service: S, request: Request, settings: Arc<Settings<C, H>>) -> Self {
        Self { service, is_ready: true, request: Some(request), settings }
    }
}

impl<S, Request, C, H> Attempts<S::Response, Failed<S::Response, S::Error>>
    for Calls<S, Request, C, H>
where
    S: Service<Request> + Clone,
    C: CloneRequest<Request>,
    H: Hooks<RetryHooks<S::Response, S::Error>>,
{
    type Attempt = Attempt<S, Request, S::Future, C, H>;

    fn attempt(&mut self) -> Self::Attempt {
        let request = self.request.take().expect("no attempt follows one that cannot be repeated");
        let (request, next) = self.settings.clone.clone_request(request);
        self.request = next;
        let call = if std::mem::take(&mut self.is_ready) {
            Call::Runs { future: self.service.call(request) }
        } else {
            // A clone, so that a permit that it holds is dropped together with the attempt.
            Call::Waits { service: self.service.clone(), request: Some(request) }
        };
        Attempt { call, settings: Arc::clone(&self.settings) }
    }

    fn is_repeatable(&self) -> bool {
        self.request.is_some()
    }

    /// Returns the type of the service, without its parameters.
    fn name() -> &'static str {
        let name = type_name::<S>();
        name.split_once('<').map_or(name, |(name, _)| name)
    }
}

pin_project! {
    /// One call of a service.
    pub(super) struct Attempt<S, Request, F, C, H> {
        #[pin]
        call: Call<S, Request, F>,
        settings: Arc<Settings<C, H>>,
    }
}

pin_project! {
    #[project = CallProjection]
    enum Call<S, Request, F> {
        // Waits until the service is ready.
        Waits { service: S, request: Option<Request> },
        Runs { #[pin] future: F },
    }
}

impl<S, Request, C, H> Future for Attempt<S, Request, S::Future, C, H>
where
    S: Service<Request>,
    H: Hooks<RetryHooks<S::Response, S::Error>>,
{
    type Output = Result<S::Response, Failed<S::Response, S::Error>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let outcome = loop {
            let future = match this.call.as_mut().project() {
                CallProjection::Runs { future } => break ready!(future.poll(context)),
                CallProjection::Waits { service, request } => {
                    if let Err(error) = ready!(service.poll_ready(context)) {
                        break Err(error);
                    }
                    service.call(request.take().expect("not polled after completion"))
                }
            };
            this.call.set(Call::Runs { future });
        };
        Poll::Ready(match this.settings.hooks.get() {
            Some(hooks) => hooks.judge(outcome),
            None => outcome.map_err(Failed::error),
        })
    }
}
