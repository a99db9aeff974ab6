//! `tryhard`: a function that makes the future, and settings on it.

use std::time::Duration;

use ::tryhard::retry_fn;
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet};

use crate::Failed;

const NAME: &str = "tryhard";
const BASE: Duration = Duration::from_millis(1);

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            FirstSuccess,
            NAME,
            {
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
            },
            |_| retry_fn(call).retries(2).exponential_backoff(BASE)
        ),
        contestant!(
            FirstSuccessBorrowed,
            NAME,
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    greet(name)
                }
                let name = String::from("Ada");
            },
            |_| retry_fn(|| call(&name)).retries(2).exponential_backoff(BASE)
        ),
        contestant!(
            waiting TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
            },
            |_| retry_fn(call).retries(2)
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
            },
            |_| retry_fn(call).retries(2).exponential_backoff(BASE)
        ),
    ]
}
