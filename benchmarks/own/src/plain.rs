//! The plain call without protection, which is the reference for all others.

use std::hint::black_box;
use std::time::Duration;

use scenarios::timing::{BARE_REFERENCE, REFERENCE};
use scenarios::{Answer, Contestant, Flaky, asked, bare, value};

use crate::by_hand::LlmError;
use crate::keys::Keys;

/// The plain call.
macro_rules! plain {
    ($scenario:ident, $call:ident) => {
        asked!(
            $scenario,
            REFERENCE,
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::$call(prompt).await
                }
            },
            ask
        )
    };
}

/// The bare plain call.
macro_rules! plain_bare {
    ($scenario:ident, $call:ident) => {
        bare!($scenario, BARE_REFERENCE, {}, async |_| value::$call::<LlmError>())
    };
}

/// The plain call with keys. It takes a key for each call, and looks nothing up.
macro_rules! keyed {
    ($scenario:ident, $count:literal) => {
        asked!(
            $scenario,
            REFERENCE,
            {
                static KEYS: Keys<$count> = Keys::new();
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    black_box(KEYS.next());
                    upstream::answers(prompt).await
                }
            },
            ask
        )
    };
}

/// The plain call in each scenario.
#[must_use]
pub fn contestants() -> Vec<Contestant> {
    vec![
        plain!(FirstSuccess, answers),
        plain!(AttemptTimeout, answers),
        plain!(TotalTimeout, answers),
        plain!(Budget, answers),
        plain!(Span, answers),
        plain!(Healthy, answers),
        plain!(WindowCalls, answers),
        plain!(WindowTime, answers),
        plain!(SlowCall, answers),
        plain!(ByName, answers),
        plain!(Both, answers),
        plain!(Failing, fails),
        plain!(WindowTimeFailing, fails),
        keyed!(Keyed1, 1),
        keyed!(Keyed16, 16),
        keyed!(Keyed1000, 1_000),
        keyed!(Keyed65535, 65_535),
        plain_bare!(FirstSuccess, answers),
        plain_bare!(Healthy, answers),
        plain_bare!(WindowCalls, answers),
        plain_bare!(WindowTime, answers),
        plain_bare!(Both, answers),
        plain_bare!(Failing, fails),
        plain_bare!(WindowTimeFailing, fails),
        // Three calls. The first two outcomes are ignored.
        asked!(
            TwoFailures,
            REFERENCE,
            {
                static STATE: Flaky = Flaky::new();
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    let mut calls = 1;
                    loop {
                        let outcome = upstream::fails_twice(&STATE, prompt).await;
                        if calls == 3 {
                            return outcome;
                        }
                        calls += 1;
                    }
                }
            },
            ask
        ),
        bare!(
            TwoFailures,
            BARE_REFERENCE,
            {
                static STATE: Flaky = Flaky::new();
            },
            async |_| {
                value::fails_twice::<LlmError>(&STATE).ok();
                value::fails_twice::<LlmError>(&STATE).ok();
                value::fails_twice::<LlmError>(&STATE)
            }
        ),
        asked!(
            TwoFailuresWaiting,
            REFERENCE,
            {
                static STATE: Flaky = Flaky::new();
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::fails_twice::<LlmError>(&STATE, prompt).await.ok();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    upstream::fails_twice::<LlmError>(&STATE, prompt).await.ok();
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    upstream::fails_twice(&STATE, prompt).await
                }
            },
            ask
        )
        .waiting(),
        bare!(
            TwoFailuresWaiting,
            BARE_REFERENCE,
            {
                static STATE: Flaky = Flaky::new();
            },
            async |_| {
                value::fails_twice::<LlmError>(&STATE).ok();
                tokio::time::sleep(Duration::from_millis(1)).await;
                value::fails_twice::<LlmError>(&STATE).ok();
                tokio::time::sleep(Duration::from_millis(2)).await;
                value::fails_twice::<LlmError>(&STATE)
            }
        )
        .waiting(),
        // Rejects without a breaker.
        asked!(
            Rejecting,
            REFERENCE,
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    if black_box(true) {
                        return Err(LlmError::Open);
                    }
                    upstream::answers(prompt).await
                }
            },
            ask
        ),
        bare!(Rejecting, BARE_REFERENCE, {}, async |_| {
            if black_box(true) { Err(LlmError::Open) } else { value::answers() }
        }),
    ]
}
