//! `again`: a policy with a method `retry`. Waits on a timer thread of its own, for a delay of zero too.

use std::time::Duration;

use ::again::RetryPolicy;
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet};

use crate::Failed;

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
        contestant!(
            FirstSuccess,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
                let policy = waiting();
            },
            |_| policy.retry(call)
        ),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    greet(name)
                }
                let policy = waiting();
                let name = String::from("Ada");
            },
            |_| policy.retry(|| call(&name))
        ),
        contestant!(
            waiting TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
                let policy = no_wait();
            },
            |_| policy.retry(call)
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
                let policy = waiting();
            },
            |_| policy.retry(call)
        ),
    ]
}
