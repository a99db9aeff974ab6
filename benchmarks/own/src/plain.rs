//! The call without any protection: what the others are compared with.

use std::hint::black_box;
use std::time::Duration;

use scenarios::{Answer, Contestant, Flaky, asked, bare, value};

use crate::by_hand::LlmError;
use crate::keys::Keys;

const NAME: &str = scenarios::timing::REFERENCE;
const BARE: &str = "plain-bare";

/// A call that succeeds is the same in each of these.
macro_rules! succeeds {
    ($scenario:ident) => {
        asked!(
            $scenario,
            NAME,
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
            },
            ask
        )
    };
}

/// The same, called in place on a result that is ready.
macro_rules! readies {
    ($scenario:ident, $value:path) => {
        bare!($scenario, BARE, {}, async |_| $value())
    };
}

/// The same, with a key for each call that nothing is looked up by.
macro_rules! keyed {
    ($scenario:ident, $count:literal) => {
        asked!(
            $scenario,
            NAME,
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
        succeeds!(FirstSuccess),
        succeeds!(AttemptTimeout),
        succeeds!(TotalTimeout),
        succeeds!(Budget),
        succeeds!(Span),
        succeeds!(Healthy),
        succeeds!(WindowCalls),
        succeeds!(WindowTime),
        succeeds!(SlowCall),
        succeeds!(ByName),
        succeeds!(Both),
        keyed!(Keyed1, 1),
        keyed!(Keyed16, 16),
        keyed!(Keyed1000, 1_000),
        keyed!(Keyed65535, 65_535),
        readies!(FirstSuccess, value::answers::<LlmError>),
        readies!(Healthy, value::answers::<LlmError>),
        readies!(Failing, value::fails::<LlmError>),
        readies!(Both, value::answers::<LlmError>),
        // Three calls, whatever the first two gave.
        asked!(
            TwoFailures,
            NAME,
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
        asked!(
            TwoFailuresWaiting,
            NAME,
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
        asked!(
            Failing,
            NAME,
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::fails(prompt).await
                }
            },
            ask
        ),
        asked!(
            WindowTimeFailing,
            NAME,
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::fails(prompt).await
                }
            },
            ask
        ),
        // Knows that it is open, and asks nobody.
        asked!(
            Rejecting,
            NAME,
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
    ]
}
