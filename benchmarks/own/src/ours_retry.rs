//! retry-utils: `#[async_retry]`, and `RetryConfig::run` for code without a function to annotate.

use std::time::Duration;

use retry_utils::{Jitter, RetryBudget, RetryConfig, STANDARD, async_retry};
use scenarios::contestant::OURS;
use scenarios::{Answer, Contestant, Flaky, asked, bare, value};

use crate::error::LlmError;

const RUN: &str = "retry-utils-run";

const AT_ONCE: RetryConfig = STANDARD.base_delay(Duration::ZERO).jitter(Jitter::None);
const WAITING: RetryConfig = STANDARD.base_delay(Duration::from_millis(1)).jitter(Jitter::None);
const MINUTE: Duration = Duration::from_mins(1);

/// The attribute with these keys. The first attempt succeeds.
macro_rules! annotated {
    ($scenario:ident, [$($keys:tt)*]) => {
        asked!(
            $scenario,
            OURS,
            {
                #[async_retry(WAITING $($keys)*)]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
            },
            ask
        )
    };
}

/// `run` with these setters. The first attempt succeeds.
macro_rules! run {
    ($scenario:ident, $name:expr, [$($setters:tt)*]) => {
        asked!(
            $scenario,
            $name,
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    WAITING.run(|| upstream::answers(prompt))$($setters)*.await
                }
            },
            ask
        )
    };
}

/// The attribute and `run`, around a call that fails twice.
macro_rules! flaky {
    ($scenario:ident, $policy:ident) => {
        [
            asked!(
                $scenario,
                OURS,
                {
                    static STATE: Flaky = Flaky::new();
                    #[async_retry($policy)]
                    async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                        upstream::fails_twice(&STATE, prompt).await
                    }
                },
                ask
            ),
            asked!(
                $scenario,
                RUN,
                {
                    static STATE: Flaky = Flaky::new();
                    async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                        $policy.run(|| upstream::fails_twice(&STATE, prompt)).await
                    }
                },
                ask
            ),
        ]
    };
}

/// The deposit of each call covers its two retries.
static BUDGET: RetryBudget = RetryBudget::new().ratio(2.0);

pub(crate) fn contestants() -> Vec<Contestant> {
    let at_once = flaky!(TwoFailures, AT_ONCE);
    let waiting = flaky!(TwoFailuresWaiting, WAITING).map(Contestant::waiting);
    let others = [
        annotated!(FirstSuccess, []),
        run!(FirstSuccess, RUN, []),
        run!(FirstSuccess, "retry-utils-run-named", [.name("complete")]),
        annotated!(AttemptTimeout, [, attempt_timeout = MINUTE]).under_tokio(),
        run!(AttemptTimeout, RUN, [.attempt_timeout(MINUTE)]).under_tokio(),
        annotated!(TotalTimeout, [, total_timeout = MINUTE]).under_tokio(),
        run!(TotalTimeout, RUN, [.total_timeout(MINUTE)]).under_tokio(),
        annotated!(Budget, [, budget = BUDGET]),
        run!(Budget, RUN, [.budget(&BUDGET)]),
        annotated!(Span, [, span]),
        asked!(
            TwoFailures,
            "retry-utils-budget",
            {
                static STATE: Flaky = Flaky::new();
                #[async_retry(AT_ONCE, budget = BUDGET)]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::fails_twice(&STATE, prompt).await
                }
            },
            ask
        ),
        bare!(
            FirstSuccess,
            "retry-utils-bare",
            {
                #[async_retry(WAITING)]
                async fn ask() -> Result<Answer, LlmError> {
                    value::answers()
                }
            },
            |_| ask()
        ),
        bare!(FirstSuccess, "retry-utils-run-bare", {}, |_| {
            WAITING.run(|| async { value::answers::<LlmError>() })
        }),
        bare!(
            TwoFailures,
            "retry-utils-run-bare",
            {
                static STATE: Flaky = Flaky::new();
            },
            |_| AT_ONCE.run(|| async { value::fails_twice::<LlmError>(&STATE) })
        ),
    ];
    [at_once.as_slice(), &waiting, &others].concat()
}
