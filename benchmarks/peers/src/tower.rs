//! `tower`: a policy around a service.

use std::future::{Ready, ready};
use std::time::Duration;

use ::tower::retry::Policy;
use ::tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use scenarios::{Answer, Contestant, Flaky, asked, bare, value};
use tokio::time::{Sleep, sleep};

use crate::common::LlmError;

const NAME: &str = "tower";

/// The remaining retries.
#[derive(Clone)]
pub(crate) struct AtOnce(pub(crate) u32);

impl<Request: Clone, Response, E> Policy<Request, Response, E> for AtOnce {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Request, result: &mut Result<Response, E>) -> Option<Ready<()>> {
        if result.is_ok() {
            return None;
        }
        self.0 = self.0.checked_sub(1)?;
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }
}

/// The remaining retries, and the next delay.
#[derive(Clone)]
pub(crate) struct Waiting(pub(crate) u32, pub(crate) Duration);

impl<Request: Clone, Response, E> Policy<Request, Response, E> for Waiting {
    type Future = Sleep;

    fn retry(&mut self, _: &mut Request, result: &mut Result<Response, E>) -> Option<Sleep> {
        if result.is_ok() {
            return None;
        }
        self.0 = self.0.checked_sub(1)?;
        let delay = self.1;
        self.1 *= 2;
        Some(sleep(delay))
    }

    fn clone_request(&mut self, request: &Request) -> Option<Request> {
        Some(request.clone())
    }
}

pub(crate) const WAITING: Waiting = Waiting(2, Duration::from_millis(1));

/// A user's function that borrows the service. It clones the service for each call, as users of
/// `tower` do.
async fn ask<S>(service: &S, prompt: &'static str) -> Result<Answer, LlmError>
where
    S: Service<&'static str, Response = Answer, Error = LlmError> + Clone,
{
    service.clone().oneshot(prompt).await
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        asked!(
            FirstSuccess,
            NAME,
            {},
            {
                let service =
                    ServiceBuilder::new().retry(WAITING).service(service_fn(upstream::answers));
            },
            |prompt| ask(&service, prompt)
        ),
        bare!(
            FirstSuccess,
            "tower-bare",
            {
                let call = service_fn(async |()| value::answers::<LlmError>());
                let mut service = ServiceBuilder::new().retry(WAITING).service(call);
            },
            async |_| service.ready().await?.call(()).await
        ),
        asked!(
            TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
            },
            {
                let call = service_fn(|prompt| upstream::fails_twice(&STATE, prompt));
                let service = ServiceBuilder::new().retry(AtOnce(2)).service(call);
            },
            |prompt| ask(&service, prompt)
        ),
        bare!(
            TwoFailures,
            "tower-bare",
            {
                static STATE: Flaky = Flaky::new();
                let call = service_fn(async |()| value::fails_twice::<LlmError>(&STATE));
                let mut service = ServiceBuilder::new().retry(AtOnce(2)).service(call);
            },
            async |_| service.ready().await?.call(()).await
        ),
        asked!(
            TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
            },
            {
                let call = service_fn(|prompt| upstream::fails_twice(&STATE, prompt));
                let service = ServiceBuilder::new().retry(WAITING).service(call);
            },
            |prompt| ask(&service, prompt)
        )
        .waiting(),
    ]
}
