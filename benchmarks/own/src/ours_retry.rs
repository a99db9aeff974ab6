//! retry-utils: `#[async_retry]`, and `RetryConfig::run` for code without a function to annotate.

use std::time::Duration;

use retry_utils::{Jitter, RetryConfig, STANDARD, async_retry};
use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet};

use crate::{Failed, OURS};

const RUN: &str = "retry-utils-run";

const AT_ONCE: RetryConfig = STANDARD.base_delay(Duration::ZERO).jitter(Jitter::None);
const WAITING: RetryConfig = STANDARD.base_delay(Duration::from_millis(1)).jitter(Jitter::None);

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        contestant!(
            FirstSuccess,
            OURS,
            {
                #[async_retry(WAITING)]
                async fn call() -> Result<u64, Failed> {
                    answer()
                }
            },
            |_| call()
        ),
        contestant!(
            FirstSuccess,
            RUN,
            {
                async fn call() -> Result<u64, Failed> {
                    WAITING.run(|| async { answer() }).await
                }
            },
            |_| call()
        ),
        contestant!(
            FirstSuccessBorrowed,
            OURS,
            {
                #[async_retry(WAITING)]
                async fn call(name: &str) -> Result<u64, Failed> {
                    greet(name)
                }
                let name = String::from("Ada");
            },
            |_| call(&name)
        ),
        contestant!(
            FirstSuccessBorrowed,
            RUN,
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    WAITING.run(|| async { greet(name) }).await
                }
                let name = String::from("Ada");
            },
            |_| call(&name)
        ),
        contestant!(
            TwoFailures,
            OURS,
            {
                static STATE: Flaky = Flaky::new();
                #[async_retry(AT_ONCE)]
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
            },
            |_| call()
        ),
        contestant!(
            TwoFailures,
            RUN,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    AT_ONCE.run(|| async { flaky(&STATE) }).await
                }
            },
            |_| call()
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            OURS,
            {
                static STATE: Flaky = Flaky::new();
                #[async_retry(WAITING)]
                async fn call() -> Result<u64, Failed> {
                    flaky(&STATE)
                }
            },
            |_| call()
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            RUN,
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    WAITING.run(|| async { flaky(&STATE) }).await
                }
            },
            |_| call()
        ),
    ]
}
