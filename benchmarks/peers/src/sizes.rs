//! How large the futures of the peers are.
//!
//! Those of `tower-resilience` are boxed: what they hold lies on the heap, and a size would say nothing.
#![allow(clippy::large_types_passed_by_value, reason = "what that does to a future is measured")]

use std::convert::identity;
use std::time::Duration;

use backon::Retryable;
use execution_policy::{CircuitBreaker, ExecutionPolicyBuilder, Retry};
use failsafe::futures::CircuitBreaker as _;
use recloser::AsyncRecloser;
use scenarios::size::{Bytes, Size};
use scenarios::{answer, size};
use tower::{Service, ServiceBuilder, service_fn};

use crate::{Failed, HOUR};

const BYTES: Bytes = [0; 1024];
const BASE: Duration = Duration::from_secs(1);

/// What the bodies await, so that their futures hold what they need later.
async fn pause() {
    tokio::task::yield_now().await;
}

async fn nothing() -> Result<u64, Failed> {
    pause().await;
    answer()
}

async fn borrowed(bytes: &Bytes) -> Result<u64, Failed> {
    pause().await;
    answer().map(|answer: u64| answer + u64::from(bytes[0]))
}

async fn consumed(bytes: Bytes) -> Result<u64, Failed> {
    pause().await;
    let consumed = identity(bytes);
    answer().map(|answer: u64| answer + u64::from(consumed[0]))
}

/// The three calls under one protection, which makes its future of a closure that makes the call's.
macro_rules! three {
    ($shape:ident, $name:literal, { $($setup:tt)* }, $call:ident => $future:expr) => {
        [
            size!($shape, None, $name, { $($setup)* let $call = nothing; }, $future),
            size!(
                $shape,
                Borrowed,
                $name,
                { $($setup)* let bytes = BYTES; let $call = || borrowed(&bytes); },
                $future
            ),
            size!(
                $shape,
                Cloned,
                $name,
                { $($setup)* let bytes = BYTES; let $call = move || consumed(bytes); },
                $future
            ),
        ]
    };
}

type Builder = ExecutionPolicyBuilder<u64, Failed>;

fn retrying() -> Builder {
    Builder::new().retry(Retry::exponential().max_attempts(3))
}

fn breaking() -> CircuitBreaker<Failed> {
    CircuitBreaker::consecutive_failures(5).open_for(HOUR)
}

pub(crate) fn sizes() -> Vec<Size> {
    let retries = [
        three!(Retry, "again", { let policy = again::RetryPolicy::exponential(BASE); }, call => {
            policy.retry(call)
        }),
        three!(Retry, "backon", {}, call => call.retry(crate::backon::WAITING).into_future()),
        three!(Retry, "mulligan", {}, call => {
            mulligan::until_ok().stop_after(2).exponential(BASE).execute(call)
        }),
        three!(Retry, "tower", {}, call => {
            let call = service_fn(move |()| call());
            ServiceBuilder::new().retry(crate::tower::WAITING).service(call).call(())
        }),
        three!(Retry, "tryhard", {}, call => {
            tryhard::retry_fn(call).retries(2).exponential_backoff(BASE)
        }),
        three!(Retry, "execution-policy", { let policy = retrying().build(); }, call => {
            policy.run(call)
        }),
    ];
    let breakers = [
        three!(Breaker, "failsafe", { let breaker = crate::failsafe::breaker(5); }, call => {
            breaker.call(call())
        }),
        three!(
            Breaker,
            "recloser",
            { let breaker = AsyncRecloser::from(crate::recloser::breaker()); },
            call => breaker.call(call())
        ),
        three!(Breaker, "nobreak", { let breaker = nobreak::breaker(); }, call => {
            breaker.call_async(call)
        }),
        three!(
            Breaker,
            "circuitbreaker-rs",
            { let breaker = crate::circuitbreaker_rs::breaker(); },
            call => breaker.call_async(call)
        ),
        three!(
            Breaker,
            "execution-policy",
            { let policy = Builder::new().circuit_breaker(breaking()).build(); },
            call => policy.run(call)
        ),
    ];
    let both = [
        three!(
            Both,
            "execution-policy",
            { let policy = retrying().circuit_breaker(breaking()).build(); },
            call => policy.run(call)
        ),
        three!(
            Both,
            "backon+failsafe",
            { let breaker = crate::failsafe::breaker(5); },
            call => breaker.call(call.retry(crate::backon::WAITING).into_future())
        ),
    ];
    [retries.as_flattened(), breakers.as_flattened(), both.as_flattened()].concat()
}
