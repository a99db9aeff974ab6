//! `tower`: a policy around a service.

use std::future::{Ready, ready};
use std::time::Duration;

use ::tower::retry::Policy;
use ::tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use scenarios::{Contestant, contestant, greet};
use tokio::time::{Sleep, sleep};

use crate::Failed;
use crate::protected::protected;

const NAME: &str = "tower";

/// How many retries are left.
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

/// How many retries are left, and how long to wait for the next.
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

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(
            FirstSuccess,
            NAME,
            answer as call,
            mut service = ServiceBuilder::new().retry(WAITING).service(service_fn(|()| call())),
            async |_| service.ready().await?.call(()).await
        ),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    greet(name)
                }
                let name = String::from("Ada");
                let mut service = ServiceBuilder::new().retry(WAITING).service(service_fn(call));
            },
            async |_| service.ready().await?.call(&name).await
        ),
        protected!(
            TwoFailures,
            NAME,
            flaky as call,
            mut service = ServiceBuilder::new().retry(AtOnce(2)).service(service_fn(|()| call())),
            async |_| service.ready().await?.call(()).await
        ),
        protected!(
            waiting TwoFailuresWaiting,
            NAME,
            flaky as call,
            mut service = ServiceBuilder::new().retry(WAITING).service(service_fn(|()| call())),
            async |_| service.ready().await?.call(()).await
        ),
    ]
}
