//! One breaker under several threads: by hand and retry-utils.
//!
//! Each thread makes whole calls: a future around a protected call, polled once, as the driver
//! `noop` does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use retry_utils::{CircuitBreaker, Permit, Window, circuit_breaker};
use scenarios::contestant::OURS;
use scenarios::drivers::once;
use scenarios::shared::Shared;
use scenarios::{Answer, shared, upstream};

use crate::by_hand::{self, AtomicBreaker, MutexBreaker};
use crate::error::LlmError;
use crate::hands::guarded;

upstream!();

/// The argument of each call.
const PROMPT: &str = "Why is the sky blue?";
const HOUR: Duration = Duration::from_hours(1);

/// The attribute under a load: the breaker, and its method that runs before the calls.
macro_rules! annotated {
    ($load:ident, $name:expr, $breaker:expr $(=> $before:ident)?) => {
        shared!(
            $load,
            $name,
            {
                static BREAKER: CircuitBreaker = $breaker;
                #[circuit_breaker(BREAKER)]
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
                $(BREAKER.$before();)?
            },
            || once(ask(PROMPT)).is_ok()
        )
    };
}

/// A breaker by hand under a load, the same way.
macro_rules! by_hand {
    ($load:ident, $name:literal, $breaker:ident $(=> $before:ident)?) => {
        shared!(
            $load,
            $name,
            {
                static BREAKER: $breaker = $breaker::new(5, HOUR);
                async fn ask(prompt: &str) -> Result<Answer, by_hand::LlmError> {
                    guarded!(BREAKER, upstream::answers(prompt).await)
                }
                $(BREAKER.$before();)?
            },
            || once(ask(PROMPT)).is_ok()
        )
    };
}

/// Makes a call without a future.
fn permitted(breaker: &CircuitBreaker) -> bool {
    breaker.try_acquire().map(Permit::success).is_ok()
}

const fn breaker() -> CircuitBreaker {
    CircuitBreaker::new("shared").recovery_timeout(HOUR)
}

pub(crate) fn shared() -> Vec<Shared> {
    vec![
        // Shows how much work the machine can do on several threads.
        shared!(
            Healthy,
            "nothing-shared",
            {
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    upstream::answers(prompt).await
                }
            },
            || once(ask(PROMPT)).is_ok()
        ),
        // The minimum cost of a breaker that counts successes in one atomic.
        shared!(
            Healthy,
            "one-fetch-add",
            {
                static COUNT: AtomicU64 = AtomicU64::new(0);
                async fn ask(prompt: &str) -> Result<Answer, LlmError> {
                    COUNT.fetch_add(1, Ordering::Relaxed);
                    upstream::answers(prompt).await
                }
            },
            || once(ask(PROMPT)).is_ok()
        ),
        annotated!(Healthy, OURS, breaker()),
        annotated!(
            Healthy,
            "retry-utils-window-calls",
            breaker().failure_rate(0.5, 10, Window::calls(100))
        ),
        annotated!(
            Healthy,
            "retry-utils-window-time",
            breaker().failure_rate(0.5, 10, Window::time(Duration::from_secs(10)))
        ),
        shared!(
            Healthy,
            "retry-utils-permit",
            {
                static BREAKER: CircuitBreaker = breaker();
            },
            || permitted(&BREAKER)
        ),
        by_hand!(Healthy, "by-hand-atomic", AtomicBreaker),
        by_hand!(Healthy, "by-hand-mutex", MutexBreaker),
        annotated!(Rejecting, OURS, breaker() => trip),
        shared!(
            Rejecting,
            "retry-utils-permit",
            {
                static BREAKER: CircuitBreaker = breaker();
                BREAKER.trip();
            },
            || permitted(&BREAKER)
        ),
        by_hand!(Rejecting, "by-hand-atomic", AtomicBreaker => trip),
        by_hand!(Rejecting, "by-hand-mutex", MutexBreaker => trip),
    ]
}
