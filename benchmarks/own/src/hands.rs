//! The contestants that are written by hand.

use std::time::Duration;

use scenarios::{Contestant, Flaky, answer, contestant, flaky, greet, refused};

use crate::Failed;
use crate::by_hand::{AtomicBreaker, MutexBreaker, Policy, retry};

const HOUR: Duration = Duration::from_hours(1);
const AT_ONCE: Policy =
    Policy { max_attempts: 3, base_delay: Duration::ZERO, max_delay: Duration::ZERO };
const WAITING: Policy = Policy {
    max_attempts: 3,
    base_delay: Duration::from_millis(1),
    max_delay: Duration::from_secs(1),
};

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
            return Err(Failed::Open);
        }
        let result = async { $body }.await;
        match &result {
            Ok(_) => $breaker.success(),
            Err(_) => $breaker.failure(),
        }
        result
    }};
}

pub(crate) use guarded;

/// The contestants of one kind of breaker.
macro_rules! breakers {
    ($name:literal, $breaker:ident) => {
        [
            contestant!(
                Healthy,
                $name,
                {
                    static BREAKER: $breaker = $breaker::new(5, HOUR);
                    async fn call() -> Result<u64, Failed> {
                        guarded!(BREAKER, answer())
                    }
                },
                |_| call()
            ),
            contestant!(
                Failing,
                $name,
                {
                    static BREAKER: $breaker = $breaker::new(65_535, HOUR);
                    async fn call() -> Result<u64, Failed> {
                        guarded!(BREAKER, refused())
                    }
                    BREAKER.reset();
                },
                |_| call()
            ),
            contestant!(
                Rejecting,
                $name,
                {
                    static BREAKER: $breaker = $breaker::new(5, HOUR);
                    async fn call() -> Result<u64, Failed> {
                        guarded!(BREAKER, answer())
                    }
                    BREAKER.trip();
                },
                |_| call()
            ),
            contestant!(
                Both,
                $name,
                {
                    static BREAKER: $breaker = $breaker::new(5, HOUR);
                    async fn retried() -> Result<u64, Failed> {
                        attempts!(answer())
                    }
                    async fn call() -> Result<u64, Failed> {
                        guarded!(BREAKER, retried().await)
                    }
                },
                |_| call()
            ),
        ]
    };
}

pub(crate) fn contestants() -> Vec<Contestant> {
    let mut all = vec![
        contestant!(
            FirstSuccess,
            "by-hand-loop",
            {
                async fn call() -> Result<u64, Failed> {
                    attempts!(answer())
                }
            },
            |_| call()
        ),
        contestant!(
            FirstSuccess,
            "by-hand-function",
            {
                async fn call() -> Result<u64, Failed> {
                    retry(&WAITING, async || answer()).await
                }
            },
            |_| call()
        ),
        contestant!(
            FirstSuccessBorrowed,
            "by-hand-loop",
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    attempts!(greet(name))
                }
                let name = String::from("Ada");
            },
            |_| call(&name)
        ),
        contestant!(
            FirstSuccessBorrowed,
            "by-hand-function",
            {
                async fn call(name: &str) -> Result<u64, Failed> {
                    retry(&WAITING, async || greet(name)).await
                }
                let name = String::from("Ada");
            },
            |_| call(&name)
        ),
        contestant!(
            TwoFailures,
            "by-hand-loop",
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    attempts!(flaky(&STATE))
                }
            },
            |_| call()
        ),
        contestant!(
            TwoFailures,
            "by-hand-function",
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    retry(&AT_ONCE, async || flaky(&STATE)).await
                }
            },
            |_| call()
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            "by-hand-loop",
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    let mut delay = Duration::from_millis(1);
                    let mut attempt = 1;
                    loop {
                        match flaky(&STATE) {
                            Err(_) if attempt < 3 => attempt += 1,
                            last => return last,
                        }
                        tokio::time::sleep(delay).await;
                        delay *= 2;
                    }
                }
            },
            |_| call()
        ),
        contestant!(
            waiting TwoFailuresWaiting,
            "by-hand-function",
            {
                static STATE: Flaky = Flaky::new();
                async fn call() -> Result<u64, Failed> {
                    retry(&WAITING, async || flaky(&STATE)).await
                }
            },
            |_| call()
        ),
    ];
    all.extend(breakers!("by-hand-atomic", AtomicBreaker));
    all.extend(breakers!("by-hand-mutex", MutexBreaker));
    all
}
