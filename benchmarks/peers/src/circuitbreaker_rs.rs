//! `circuitbreaker-rs`: a breaker that opens at a failure rate since the beginning, or after failures in a row.

use ::circuitbreaker_rs::{CircuitBreaker, DefaultPolicy};
use scenarios::shared::Shared;
use scenarios::{Contestant, shared};

use crate::protected::protected;
use crate::{Failed, HOUR};

const NAME: &str = "circuitbreaker-rs";

pub(crate) type Breaker = CircuitBreaker<DefaultPolicy, Failed>;

pub(crate) fn breaker() -> Breaker {
    CircuitBreaker::<DefaultPolicy, Failed>::builder()
        .failure_threshold(0.5)
        .consecutive_failures(5)
        .cooldown(HOUR)
        .build()
}

/// A rate that no failures reach.
fn never_opens() -> Breaker {
    CircuitBreaker::<DefaultPolicy, Failed>::builder()
        .failure_threshold(2.0)
        .consecutive_failures(65_535)
        .cooldown(HOUR)
        .build()
}

fn opened() -> Breaker {
    let breaker = breaker();
    breaker.force_open();
    breaker
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(Healthy, NAME, answer as call, it = breaker(), |_| it.call_async(call)),
        protected!(Failing, NAME, refused as call, it = never_opens(), |_| it.call_async(call)),
        protected!(Rejecting, NAME, answer as call, it = opened(), |_| it.call_async(call)),
    ]
}

pub(crate) fn shared() -> Vec<Shared> {
    vec![
        shared!(
            Healthy,
            NAME,
            {
                let breaker = breaker();
            },
            || breaker.call(|| Ok(())).is_ok()
        ),
        shared!(
            Rejecting,
            NAME,
            {
                let breaker = opened();
            },
            || breaker.call(|| Ok(())).is_ok()
        ),
    ]
}
