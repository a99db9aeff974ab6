//! `execution-policy`: one policy of retry and breaker.

use std::time::Duration;

use ::execution_policy::{CircuitBreaker, ExecutionPolicyBuilder, Retry};
use scenarios::drivers::once;
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet, refused};

use crate::{Failed, HOUR};

const NAME: &str = "execution-policy";

type Builder = ExecutionPolicyBuilder<u64, Failed>;

/// Counts every call, and does not wait for a delay of zero.
fn retrying(base: Duration) -> Builder {
    Builder::new().retry(Retry::exponential().max_attempts(3).base_delay(base))
}

fn waiting() -> Builder {
    retrying(Duration::from_millis(1))
}

fn breaker(failures: u32) -> CircuitBreaker<Failed> {
    CircuitBreaker::consecutive_failures(failures).open_for(HOUR)
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            FirstSuccess,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let policy = waiting().build();
            },
            |_| policy.run(call)
        ),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    greet(name)
                }
                let policy = waiting().build();
                let name = String::from("Ada");
            },
            |_| policy.run(|| call(&name))
        ),
        contestant!(
            TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
                let policy = retrying(Duration::ZERO).build();
            },
            |_| policy.run(call)
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
                let policy = waiting().build();
            },
            |_| policy.run(call)
        ),
        contestant!(
            Healthy,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let policy = Builder::new().circuit_breaker(breaker(5)).build();
            },
            |_| policy.run(call)
        ),
        contestant!(
            Failing,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    refused()
                }
                let policy = Builder::new().circuit_breaker(breaker(65_535)).build();
            },
            |_| policy.run(call)
        ),
        contestant!(
            WindowTime,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let breaker = CircuitBreaker::failure_ratio()
                    .ratio(0.5)
                    .minimum_throughput(10)
                    .sampling_window(Duration::from_secs(10));
                let policy = Builder::new().circuit_breaker(breaker).build();
            },
            |_| policy.run(call)
        ),
        contestant!(
            Rejecting,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let policy = Builder::new().circuit_breaker(breaker(1)).build();
                once(policy.run(async || refused())).ok();
            },
            |_| policy.run(call)
        ),
        contestant!(
            Both,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let policy = waiting().circuit_breaker(breaker(5)).build();
            },
            |_| policy.run(call)
        ),
    ]
}
