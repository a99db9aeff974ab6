//! `again`: a policy with a method `retry`. Waits on a timer thread of its own, for a delay of zero
//! too.

use std::time::Duration;

use ::again::RetryPolicy;
use scenarios::Contestant;

use crate::protected::protected;

/// Counts retries.
fn waiting() -> RetryPolicy {
    RetryPolicy::exponential(Duration::from_millis(1)).with_max_retries(2)
}

fn no_wait() -> RetryPolicy {
    RetryPolicy::fixed(Duration::ZERO).with_max_retries(2)
}

pub(crate) fn contestants() -> Vec<Contestant> {
    [
        protected!(FirstSuccess, "again", answers, policy: RetryPolicy = waiting(), call => {
            policy.retry(call)
        }),
        protected!(TwoFailures, "again", fails_twice, policy: RetryPolicy = no_wait(), call => {
            policy.retry(call)
        })
        .map(Contestant::waiting),
        protected!(TwoFailuresWaiting, "again", fails_twice, policy: RetryPolicy = waiting(), call => {
            policy.retry(call)
        })
        .map(Contestant::waiting),
    ]
    .concat()
}
