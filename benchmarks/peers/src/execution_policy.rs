//! `execution-policy`: one policy of retry and breaker.

use std::time::Duration;

use ::execution_policy::core::TokioCore;
use ::execution_policy::{
    CircuitBreaker, ExecutionError, ExecutionPolicy, ExecutionPolicyBuilder, Retry,
};
use scenarios::drivers::once;
use scenarios::{Answer, Contestant, value};

use crate::common::{HOUR, LlmError};
use crate::protected::protected;

type Policy = ExecutionPolicy<TokioCore, Answer, LlmError>;
type Builder = ExecutionPolicyBuilder<Answer, LlmError>;

/// `max_attempts` counts every call. A delay of zero does not wait.
fn retrying(base: Duration) -> Builder {
    Builder::new().retry(Retry::exponential().max_attempts(3).base_delay(base))
}

fn waiting() -> Builder {
    retrying(Duration::from_millis(1))
}

fn in_a_row(failures: u32) -> CircuitBreaker<LlmError> {
    CircuitBreaker::consecutive_failures(failures).open_for(HOUR)
}

fn breaking(failures: u32) -> Builder {
    Builder::new().circuit_breaker(in_a_row(failures))
}

/// Does not open before this many calls.
fn over_time(min_calls: u32) -> Policy {
    let breaker = CircuitBreaker::failure_ratio()
        .ratio(0.5)
        .minimum_throughput(min_calls)
        .sampling_window(Duration::from_secs(10));
    Builder::new().circuit_breaker(breaker).build()
}

fn opened() -> Policy {
    let policy = breaking(1).build();
    once(policy.run(async || value::fails())).ok();
    policy
}

impl From<ExecutionError<LlmError>> for LlmError {
    fn from(error: ExecutionError<LlmError>) -> Self {
        match error {
            ExecutionError::Operation { source, .. } => source,
            ExecutionError::CircuitOpen { .. } => Self::Open,
            _ => Self::Timeout,
        }
    }
}

/// A policy in one scenario.
macro_rules! policy {
    ($scenario:ident, $call:ident, $policy:expr) => {
        protected!($scenario, "execution-policy", $call, it: Policy = $policy, call => it.run(call))
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        policy!(FirstSuccess, answers, waiting().build()),
        policy!(TwoFailures, fails_twice, retrying(Duration::ZERO).build()),
        policy!(TwoFailuresWaiting, fails_twice, waiting().build()).map(Contestant::waiting),
        policy!(Healthy, answers, breaking(5).build()),
        policy!(Failing, fails, breaking(u32::MAX).build()),
        policy!(WindowTime, answers, over_time(10)),
        policy!(WindowTimeFailing, fails, over_time(u32::MAX)),
        policy!(Rejecting, answers, opened()),
        policy!(Both, answers, waiting().circuit_breaker(in_a_row(5)).build()),
    ]
    .concat()
}
