//! `execution-policy`: one policy of retry and breaker.

use std::time::Duration;

use ::execution_policy::{CircuitBreaker, ExecutionPolicyBuilder, Retry};
use scenarios::drivers::once;
use scenarios::{Contestant, refused};

use crate::protected::protected;
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

fn in_a_row(failures: u32) -> CircuitBreaker<Failed> {
    CircuitBreaker::consecutive_failures(failures).open_for(HOUR)
}

fn breaking(failures: u32) -> Builder {
    Builder::new().circuit_breaker(in_a_row(failures))
}

fn over_time() -> Builder {
    let breaker = CircuitBreaker::failure_ratio()
        .ratio(0.5)
        .minimum_throughput(10)
        .sampling_window(Duration::from_secs(10));
    Builder::new().circuit_breaker(breaker)
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(FirstSuccess, NAME, answer as call, it = waiting().build(), |_| it.run(call)),
        protected!(FirstSuccessBorrowed, NAME, greet as call, it = waiting().build(), |_| {
            it.run(call)
        }),
        protected!(TwoFailures, NAME, flaky as call, it = retrying(Duration::ZERO).build(), |_| {
            it.run(call)
        }),
        protected!(waiting TwoFailuresWaiting, NAME, flaky as call, it = waiting().build(), |_| {
            it.run(call)
        }),
        protected!(Healthy, NAME, answer as call, it = breaking(5).build(), |_| it.run(call)),
        protected!(Failing, NAME, refused as call, it = breaking(65_535).build(), |_| it.run(call)),
        protected!(WindowTime, NAME, answer as call, it = over_time().build(), |_| it.run(call)),
        protected!(
            Rejecting,
            NAME,
            answer as call,
            it = {
                let policy = breaking(1).build();
                once(policy.run(async || refused())).ok();
                policy
            },
            |_| it.run(call)
        ),
        protected!(
            Both,
            NAME,
            answer as call,
            it = waiting().circuit_breaker(in_a_row(5)).build(),
            |_| it.run(call)
        ),
    ]
}
