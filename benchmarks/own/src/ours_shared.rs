//! One breaker under several threads: by hand and retry-utils.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use retry_utils::{CircuitBreaker, Window};
use scenarios::shared;
use scenarios::shared::Shared;

use crate::OURS;
use crate::by_hand::{AtomicBreaker, MutexBreaker};

const HOUR: Duration = Duration::from_hours(1);

/// A breaker by hand under both loads.
macro_rules! by_hand {
    ($name:literal, $breaker:ident) => {
        [
            shared!(
                Healthy,
                $name,
                {
                    let breaker = $breaker::new(5, HOUR);
                },
                || {
                    let admitted = breaker.admit();
                    if admitted {
                        breaker.success();
                    }
                    admitted
                }
            ),
            shared!(
                Rejecting,
                $name,
                {
                    let breaker = $breaker::new(5, HOUR);
                    breaker.trip();
                },
                || breaker.admit()
            ),
        ]
    };
}

fn succeeds(breaker: &CircuitBreaker) -> bool {
    breaker.try_acquire().map(retry_utils::Permit::success).is_ok()
}

pub(crate) fn shared() -> Vec<Shared> {
    let mut all = vec![
        // How much the machine gives to several threads at all.
        shared!(Healthy, "nothing-shared", {}, || true),
        // What any breaker costs that counts successes in one word.
        shared!(
            Healthy,
            "one-fetch-add",
            {
                let count = AtomicU64::new(0);
            },
            || { count.fetch_add(1, Ordering::Relaxed) < u64::MAX }
        ),
        shared!(
            Healthy,
            OURS,
            {
                let breaker = CircuitBreaker::new("shared");
            },
            || { succeeds(&breaker) }
        ),
        shared!(
            Healthy,
            "retry-utils-window-calls",
            {
                let breaker =
                    CircuitBreaker::new("shared").failure_rate(0.5, 10, Window::calls(100));
            },
            || succeeds(&breaker)
        ),
        shared!(
            Healthy,
            "retry-utils-window-time",
            {
                let window = Window::time(Duration::from_secs(10));
                let breaker = CircuitBreaker::new("shared").failure_rate(0.5, 10, window);
            },
            || succeeds(&breaker)
        ),
        shared!(
            Rejecting,
            OURS,
            {
                let breaker = CircuitBreaker::new("shared").recovery_timeout(HOUR);
                breaker.trip();
            },
            || succeeds(&breaker)
        ),
    ];
    all.extend(by_hand!("by-hand-atomic", AtomicBreaker));
    all.extend(by_hand!("by-hand-mutex", MutexBreaker));
    all
}
