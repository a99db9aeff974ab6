//! Retried failures end last, after the successes of the same moment. What that does to a breaker,
//! and what helps: these are the figures of `docs/breakers.md`.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Failed, TRANSIENT};
use retry_utils::{CircuitBreaker, CircuitState, Jitter, RetryConfig, STANDARD, Window};
use tokio::time::{Instant, sleep};

/// Waits 1 s and then 2 s.
const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);
const ONCE: RetryConfig = PLAIN.max_attempts(1);

const CALLS: u32 = 100_000;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// An attempt takes 10 ms. One call in a hundred fails, however often it is tried.
async fn attempt(call: u32) -> Result<u32, Failed> {
    sleep(ms(10)).await;
    if call % 100 == 0 { Err(TRANSIENT) } else { Ok(call) }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    AboveTheRetry,
    BelowTheRetry,
}

/// Makes all calls at once. Returns when the breaker opened, if it did.
async fn burst(
    breaker: CircuitBreaker,
    place: Place,
    policy: &'static RetryConfig,
) -> Option<Duration> {
    let breaker = Arc::new(breaker);
    let began = Instant::now();
    let calls: Vec<_> = (0..CALLS)
        .map(|call| {
            let breaker = Arc::clone(&breaker);
            tokio::spawn(async move {
                let _ = match place {
                    Place::AboveTheRetry => breaker.call(|| policy.run(|| attempt(call))).await,
                    Place::BelowTheRetry => policy.run(|| breaker.call(|| attempt(call))).await,
                };
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let seen = breaker.snapshot();
    assert_eq!(seen.state == CircuitState::Open, seen.since.is_some());
    seen.since.map(|since| since - began)
}

#[tokio::test(start_paused = true)]
async fn a_burst_with_retries_opens_a_breaker_unless_its_window_is_long_enough() {
    let rate = |min_calls, window| {
        move || CircuitBreaker::new("late").failure_rate(0.5, min_calls, window)
    };
    let time = |millis| Window::time(ms(millis));
    let opens = |above, below| (Some(ms(above)), Some(ms(below)));
    for (breaker, (above, below)) in [
        (rate(20, Window::calls(100)), opens(3030, 1020)),
        (rate(1024, Window::calls(1024)), opens(3030, 1020)),
        (rate(20, time(1000)), opens(3030, 1020)),
        (rate(20, time(2500)), opens(3030, 3030)),
        (rate(20, time(5000)), (None, None)),
        (rate(2000, time(1000)), (None, None)),
    ] {
        assert_eq!(burst(breaker(), Place::AboveTheRetry, &PLAIN).await, above);
        assert_eq!(burst(breaker(), Place::BelowTheRetry, &PLAIN).await, below);
    }
    let in_a_row = || CircuitBreaker::new("late");
    assert_eq!(burst(in_a_row(), Place::AboveTheRetry, &PLAIN).await, Some(ms(3030)));
    // Without retries, failures end among the successes.
    for breaker in [rate(20, Window::calls(100))(), in_a_row()] {
        assert_eq!(burst(breaker, Place::AboveTheRetry, &ONCE).await, None);
    }
}
