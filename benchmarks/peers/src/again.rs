//! `again`: a policy with a method `retry`. It waits on its own timer thread, even for a delay of
//! zero.

use std::time::Duration;

use ::again::RetryPolicy;
use scenarios::Contestant;

use crate::protected::protected;

/// `with_max_retries` counts retries, not calls.
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
