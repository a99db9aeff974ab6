//! `backon`: a method on the function that is retried.

use std::time::Duration;

use ::backon::{ConstantBuilder, ExponentialBuilder, Retryable};
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet};

use crate::{Failed, at_once};

const NAME: &str = "backon";

/// `max_times` counts retries.
pub(crate) const WAITING: ExponentialBuilder =
    ExponentialBuilder::new().with_min_delay(Duration::from_millis(1)).with_max_times(2);
const AT_ONCE: ConstantBuilder =
    ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(2);

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
            async |_| call.retry(WAITING).await
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
            async |_| (|| call(&name)).retry(WAITING).await
        ),
        contestant!(
            TwoFailures,
            NAME,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
            },
            async |_| call.retry(AT_ONCE).sleep(at_once).await
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
            async |_| call.retry(WAITING).await
        ),
    ]
}
