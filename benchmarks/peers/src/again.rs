//! `again`: a policy with a method `retry`. Waits on a timer thread of its own, for a delay of zero too.

use std::time::Duration;

use ::again::RetryPolicy;
use scenarios::Contestant;

use crate::protected::protected;

const NAME: &str = "again";

/// Counts retries.
fn waiting() -> RetryPolicy {
    RetryPolicy::exponential(Duration::from_millis(1)).with_max_retries(2)
}

fn no_wait() -> RetryPolicy {
    RetryPolicy::fixed(Duration::ZERO).with_max_retries(2)
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        protected!(FirstSuccess, NAME, answer as call, policy = waiting(), |_| policy.retry(call)),
        protected!(FirstSuccessBorrowed, NAME, greet as call, policy = waiting(), |_| {
            policy.retry(call)
        }),
        protected!(waiting TwoFailures, NAME, flaky as call, policy = no_wait(), |_| {
            policy.retry(call)
        }),
        protected!(waiting TwoFailuresWaiting, NAME, flaky as call, policy = waiting(), |_| {
            policy.retry(call)
        }),
    ]
}
