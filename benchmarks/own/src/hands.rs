//! The contestants written by hand.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::Duration;

use scenarios::{Answer, Contestant, Flaky, asked, bare, value};

use crate::by_hand::{AtomicBreaker, LlmError, MutexBreaker, Policy, retry};
use crate::keys::Keys;

const HOUR: Duration = Duration::from_hours(1);
const AT_ONCE: Policy =
    Policy { max_attempts: 3, base_delay: Duration::ZERO, max_delay: Duration::ZERO };
const WAITING: Policy = Policy {
    max_attempts: 3,
    base_delay: Duration::from_millis(1),
    max_delay: Duration::from_secs(1),
};
const LOOP: &str = "by-hand-loop";
const FUNCTION: &str = "by-hand-function";

/// A loop around the body, in the function itself.
macro_rules! attempts {
    ($body:expr) => {{
        let mut attempt = 1;
        loop {
            match $body {
                Err(_) if attempt < 3 => attempt += 1,
                last => return last,
            }
        }
    }};
}

/// A breaker around the body, in the function itself.
macro_rules! guarded {
    ($breaker:expr, $body:expr) => {{
        if !$breaker.admit() {
            return Err($crate::by_hand::LlmError::Open);
        }
        let result = $body;
        match &result {
            Ok(_) => $breaker.success(),
            Err(_) => $breaker.failure(),
        }
        result
    }};
}

pub(crate) use guarded;

/// A retry in two ways: a loop in the user's function, and a function that retries any call.
macro_rules! retries {
    ($scenario:ident, $policy:ident, $prompt:ident, { $($items:tt)* }, $call:expr) => {
        [
            asked!(
                $scenario,
                LOOP,
                {
                    $($items)*
                    async fn ask($prompt: &str) -> Result<Answer, LlmError> {
                        attempts!($call.await)
                    }
                },
                ask
            ),
            asked!(
                $scenario,
                FUNCTION,
                {
                    $($items)*
                    async fn ask($prompt: &str) -> Result<Answer, LlmError> {
                        retry(&$policy, async || $call.await).await
                    }
                },
                ask
            ),
        ]
    };
}

/// The contestants of one kind of breaker.
macro_rules! breakers {
    ($name:literal, $breaker:ident) => {
        [
            asked!(
                Healthy,
                $name,
                {
                    static BREAKER: $breaker = $breaker::new(5, HOUR);
                    async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                        guarded!(BREAKER, upstream::answers(prompt).await)
                    }
                },
                ask
            ),
            asked!(
                Failing,
                $name,
                {
                    static BREAKER: $breaker = $breaker::new(65_535, HOUR);
                    async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                        guarded!(BREAKER, upstream::fails(prompt).await)
                    }
                },
                {
                    BREAKER.reset();
                },
                ask
            ),
            asked!(
                Rejecting,
                $name,
                {
                    static BREAKER: $breaker = $breaker::new(5, HOUR);
                    async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                        guarded!(BREAKER, upstream::answers(prompt).await)
                    }
                },
                {
                    BREAKER.trip();
                },
                ask
            ),
            asked!(
                Both,
                $name,
                {
                    static BREAKER: $breaker = $breaker::new(5, HOUR);
                    async fn retried(prompt: &str) -> Result<Answer, LlmError> {
                        attempts!(upstream::answers(prompt).await)
                    }
                    async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                        guarded!(BREAKER, retried(prompt).await)
                    }
                },
                ask
            ),
        ]
    };
}

/// A breaker for each key.
macro_rules! keyed {
    ($scenario:ident, $count:literal) => {
        asked!(
            $scenario,
            "by-hand-map",
            {
                static KEYS: Keys<$count> = Keys::new();
                static BREAKERS: Breakers = Breakers::new();
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    let breaker = BREAKERS.of(KEYS.next());
                    guarded!(breaker, upstream::answers(prompt).await)
                }
            },
            {
                KEYS.all().iter().for_each(|key| drop(BREAKERS.of(key)));
            },
            ask
        )
    };
}

/// A map of breakers behind a read-write lock. Unlike retry-utils, it is unbounded and forgets no
/// key.
struct Breakers(LazyLock<RwLock<HashMap<String, Arc<AtomicBreaker>>>>);

impl Breakers {
    const fn new() -> Self {
        Self(LazyLock::new(RwLock::default))
    }

    #[inline]
    fn of(&self, key: &str) -> Arc<AtomicBreaker> {
        let found = self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        found.unwrap_or_else(|| self.insert(key))
    }

    #[cold]
    fn insert(&self, key: &str) -> Arc<AtomicBreaker> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(AtomicBreaker::new(5, HOUR));
        Arc::clone(all.entry(key.to_owned()).or_insert_with(new))
    }
}

pub(crate) fn contestants() -> Vec<Contestant> {
    let retries = [
        retries!(FirstSuccess, WAITING, prompt, {}, upstream::answers(prompt)),
        retries!(
            TwoFailures,
            AT_ONCE,
            prompt,
            {
                static STATE: Flaky = Flaky::new();
            },
            upstream::fails_twice(&STATE, prompt)
        ),
    ];
    let breakers =
        [breakers!("by-hand-atomic", AtomicBreaker), breakers!("by-hand-mutex", MutexBreaker)];
    let others = [
        bare!(FirstSuccess, "by-hand-loop-bare", {}, async |_| {
            attempts!(value::answers::<LlmError>())
        }),
        bare!(
            Healthy,
            "by-hand-atomic-bare",
            {
                static BREAKER: AtomicBreaker = AtomicBreaker::new(5, HOUR);
            },
            async |_| guarded!(BREAKER, value::answers())
        ),
        bare!(
            Failing,
            "by-hand-atomic-bare",
            {
                static BREAKER: AtomicBreaker = AtomicBreaker::new(65_535, HOUR);
                BREAKER.reset();
            },
            async |_| guarded!(BREAKER, value::fails())
        ),
        bare!(
            Rejecting,
            "by-hand-atomic-bare",
            {
                static BREAKER: AtomicBreaker = AtomicBreaker::new(5, HOUR);
                BREAKER.trip();
            },
            async |_| guarded!(BREAKER, value::answers())
        ),
        asked!(
            TwoFailuresWaiting,
            LOOP,
            {
                static STATE: Flaky = Flaky::new();
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    let mut delay = Duration::from_millis(1);
                    let mut attempt = 1;
                    loop {
                        match upstream::fails_twice(&STATE, prompt).await {
                            Err(_) if attempt < 3 => attempt += 1,
                            last => return last,
                        }
                        tokio::time::sleep(delay).await;
                        delay *= 2;
                    }
                }
            },
            ask
        )
        .waiting(),
        asked!(
            TwoFailuresWaiting,
            FUNCTION,
            {
                static STATE: Flaky = Flaky::new();
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    retry(&WAITING, async || upstream::fails_twice(&STATE, prompt).await).await
                }
            },
            ask
        )
        .waiting(),
        asked!(
            AttemptTimeout,
            LOOP,
            {
                async fn limited(prompt: &str) -> Result<Answer, LlmError> {
                    let attempt = upstream::answers(prompt);
                    tokio::time::timeout(HOUR, attempt).await.unwrap_or(Err(LlmError::Timeout))
                }
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    attempts!(limited(prompt).await)
                }
            },
            ask
        )
        .under_tokio(),
        asked!(
            TotalTimeout,
            LOOP,
            {
                async fn retried(prompt: &str) -> Result<Answer, LlmError> {
                    attempts!(upstream::answers(prompt).await)
                }
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    let call = retried(prompt);
                    tokio::time::timeout(HOUR, call).await.unwrap_or(Err(LlmError::Timeout))
                }
            },
            ask
        )
        .under_tokio(),
        keyed!(Keyed1, 1),
        keyed!(Keyed16, 16),
        keyed!(Keyed1000, 1_000),
        keyed!(Keyed65535, 65_535),
    ];
    [retries.as_flattened(), breakers.as_flattened(), &others].concat()
}
