//! `circuitbreaker-rs`: a breaker that opens after failures in a row, or at a failure rate of all
//! calls so far.

use ::circuitbreaker_rs::{BreakerError, CircuitBreaker, DefaultPolicy};
use scenarios::shared::Shared;
use scenarios::{Contestant, shared};

use crate::common::{HOUR, LlmError};
use crate::protected::protected;

const NAME: &str = "circuitbreaker-rs";

pub(crate) type Breaker = CircuitBreaker<DefaultPolicy, LlmError>;

pub(crate) fn breaker() -> Breaker {
    CircuitBreaker::<DefaultPolicy, LlmError>::builder()
        .failure_threshold(0.5)
        .consecutive_failures(5)
        .cooldown(HOUR)
        .build()
}

/// No failure rate reaches its threshold.
fn never_opens() -> Breaker {
    CircuitBreaker::<DefaultPolicy, LlmError>::builder()
        .failure_threshold(2.0)
        .consecutive_failures(u64::MAX)
        .cooldown(HOUR)
        .build()
}

fn opened() -> Breaker {
    let breaker = breaker();
    breaker.force_open();
    breaker
}

impl From<BreakerError<LlmError>> for LlmError {
    fn from(error: BreakerError<LlmError>) -> Self {
        match error {
            BreakerError::Operation(error) => error,
            BreakerError::Open | BreakerError::Internal(_) => Self::Open,
        }
    }
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        protected!(Healthy, "circuitbreaker-rs", answers, it: Breaker = breaker(), call => {
            it.call_async(call)
        }),
        protected!(Failing, "circuitbreaker-rs", fails, it: Breaker = never_opens(), call => {
            it.call_async(call)
        }),
        protected!(Rejecting, "circuitbreaker-rs", answers, it: Breaker = opened(), call => {
            it.call_async(call)
        }),
    ]
    .concat()
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
