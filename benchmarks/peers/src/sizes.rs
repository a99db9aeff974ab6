//! Sizes of the futures of peers.
//!
//! The futures of `tower-resilience` are left out: they are boxed, so their size is meaningless.

use std::time::Duration;

use backon::Retryable;
use execution_policy::{CircuitBreaker, ExecutionPolicyBuilder, Retry};
use failsafe::futures::CircuitBreaker as _;
use recloser::AsyncRecloser;
use scenarios::size::{BYTES, Size, borrowed, consumed, nothing};
use scenarios::{Answer, size};
use tokio_retry2::{Retry as Retry2, RetryError};
use tower::{Service, ServiceBuilder, service_fn};

use crate::common::{HOUR, LlmError};

const BASE: Duration = Duration::from_secs(1);

/// The three calls under one protection. The last argument is a closure from the protected call to
/// the future of the library.
macro_rules! three {
    ($shape:ident, $name:literal, { $($setup:tt)* }, $call:ident => $future:expr) => {
        three!($shape, $name, LlmError, { $($setup)* }, $call => $future)
    };
    ($shape:ident, $name:literal, $error:ty, { $($setup:tt)* }, $call:ident => $future:expr) => {
        [
            size!($shape, None, $name, { $($setup)* let $call = nothing::<LlmError, $error>; }, $future),
            size!(
                $shape,
                Borrowed,
                $name,
                { $($setup)* let bytes = BYTES; let $call = || borrowed::<LlmError, $error>(&bytes); },
                $future
            ),
            size!(
                $shape,
                Cloned,
                $name,
                { $($setup)* let bytes = BYTES; let $call = move || consumed::<LlmError, $error>(bytes); },
                $future
            ),
        ]
    };
}

type Builder = ExecutionPolicyBuilder<Answer, LlmError>;

fn retrying() -> Builder {
    Builder::new().retry(Retry::exponential().max_attempts(3))
}

fn breaking() -> CircuitBreaker<LlmError> {
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
        three!(Retry, "tokio-retry2", RetryError<LlmError>, {}, call => {
            Retry2::spawn(crate::tokio_retry2::waiting(), call)
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
    let all = [retries.as_flattened(), breakers.as_flattened(), both.as_flattened()].concat();
    [all, crate::seatbelt::sizes()].concat()
}
