//! retry-utils: one breaker per key.

use retry_utils::{CircuitBreakers, circuit_breaker};
use scenarios::contestant::OURS;
use scenarios::{Answer, Contestant, asked};

use crate::error::LlmError;
use crate::keys::Keys;
use crate::link::tie_all;

/// The attribute with a key. Each key gets its breaker before the calls.
macro_rules! keyed {
    ($scenario:ident, $count:literal) => {
        asked!(
            $scenario,
            OURS,
            {
                static KEYS: Keys<$count> = Keys::new();
                static BREAKERS: CircuitBreakers =
                    CircuitBreakers::new("benchmark").max_keys($count);
                #[circuit_breaker(BREAKERS, key = KEYS.next())]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
            },
            {
                tie_all(&BREAKERS);
                KEYS.all().iter().for_each(|key| drop(BREAKERS.for_key(key)));
            },
            ask
        )
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    vec![
        keyed!(Keyed1, 1),
        keyed!(Keyed16, 16),
        keyed!(Keyed1000, 1_000),
        keyed!(Keyed65535, 65_535),
    ]
}
