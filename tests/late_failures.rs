//! Retried failures end after the successes of calls that began at the same time. These tests check
//! the figures in `docs/breakers.md` about the effect on a breaker.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
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

/// Returns whether this attempt of a call fails.
type Fails = fn(call: u32, attempt: u32) -> bool;

/// One call in a hundred fails in every attempt.
const CALLS_FAIL: Fails = |call, _| call % 100 == 0;
/// One attempt in a hundred fails, and so does one retry in a hundred.
const ATTEMPTS_FAIL: Fails = |call, attempt| call % 100_u32.pow(attempt) == 0;

/// Takes 10 ms.
async fn attempt(call: u32, attempts: &AtomicU32, fails: Fails) -> Result<u32, Failed> {
    sleep(ms(10)).await;
    let attempt = attempts.fetch_add(1, Ordering::Relaxed) + 1;
    if fails(call, attempt) { Err(TRANSIENT) } else { Ok(call) }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    AboveTheRetry,
    BelowTheRetry,
}

/// Makes all calls simultaneously. Returns the time at which the breaker opened, if it did.
async fn burst(
    breaker: CircuitBreaker,
    place: Place,
    policy: &'static RetryConfig,
    fails: Fails,
) -> Option<Duration> {
    traffic(breaker, place, policy, fails, CALLS).await
}

/// Makes `at_once` calls every 10 ms. Returns the time at which the breaker opened, if it did.
async fn traffic(
    breaker: CircuitBreaker,
    place: Place,
    policy: &'static RetryConfig,
    fails: Fails,
    at_once: u32,
) -> Option<Duration> {
    let breaker = Arc::new(breaker);
    let began = Instant::now();
    let mut calls = Vec::new();
    // From 1, because call 0 fails in every attempt under either rule.
    for call in 1..=CALLS {
        let breaker = Arc::clone(&breaker);
        calls.push(tokio::spawn(async move {
            let attempts = AtomicU32::new(0);
            let attempt = || attempt(call, &attempts, fails);
            let _ = match place {
                Place::AboveTheRetry => breaker.call(|| policy.run(attempt)).await,
                Place::BelowTheRetry => policy.run(|| breaker.call(attempt)).await,
            };
        }));
        if call % at_once == 0 && call < CALLS {
            sleep(ms(10)).await;
        }
    }
    for call in calls {
        call.await.unwrap();
    }
    let seen = breaker.snapshot();
    assert_eq!(seen.state == CircuitState::Open, seen.since.is_some());
    seen.since.map(|since| since - began)
}

fn in_a_row() -> CircuitBreaker {
    CircuitBreaker::new("late")
}

fn rate(min_calls: u32, window: Window) -> CircuitBreaker {
    in_a_row().failure_rate(0.5, min_calls, window)
}

const fn time(millis: u64) -> Window {
    Window::time(ms(millis))
}

#[tokio::test(start_paused = true)]
async fn a_burst_with_retries_opens_a_breaker_unless_its_window_is_long_enough() {
    let opens = |above, below| (Some(ms(above)), Some(ms(below)));
    for (breaker, (above, below)) in [
        ((|| in_a_row()) as fn() -> CircuitBreaker, opens(3030, 1020)),
        (|| rate(20, Window::calls(100)), opens(3030, 1020)),
        (|| rate(1024, Window::calls(1024)), opens(3030, 1020)),
        (|| rate(20, time(1000)), opens(3030, 1020)),
        (|| rate(20, time(2500)), opens(3030, 3030)),
        (|| rate(20, time(5000)), (None, None)),
        (|| rate(2000, time(1000)), (None, None)),
    ] {
        assert_eq!(burst(breaker(), Place::AboveTheRetry, &PLAIN, CALLS_FAIL).await, above);
        assert_eq!(burst(breaker(), Place::BelowTheRetry, &PLAIN, CALLS_FAIL).await, below);
    }
    // Without retries, failures end at the same time as the successes.
    for breaker in [rate(20, Window::calls(100)), in_a_row()] {
        assert_eq!(burst(breaker, Place::AboveTheRetry, &ONCE, CALLS_FAIL).await, None);
    }
}

/// Most retries succeed and end at the same time as the few that fail.
#[tokio::test(start_paused = true)]
async fn a_burst_whose_retries_mostly_succeed_opens_no_breaker() {
    for place in [Place::AboveTheRetry, Place::BelowTheRetry] {
        for breaker in [rate(20, Window::calls(100)), in_a_row()] {
            assert_eq!(burst(breaker, place, &PLAIN, ATTEMPTS_FAIL).await, None, "{place:?}");
        }
    }
}

/// 10,000 calls per second for ten seconds, and then none.
#[tokio::test(start_paused = true)]
async fn the_end_of_steady_traffic_is_the_end_of_a_burst() {
    let end = ms(10_000);
    for place in [Place::AboveTheRetry, Place::BelowTheRetry] {
        for (breaker, opens) in [
            (in_a_row(), true),
            (rate(20, Window::calls(100)), true),
            (rate(20, time(2500)), true),
            (rate(20, time(5000)), false),
            (rate(2000, time(1000)), false),
        ] {
            let opened = traffic(breaker, place, &PLAIN, CALLS_FAIL, 100).await;
            assert_eq!(opened.map(|at| at >= end), opens.then_some(true), "{place:?}");
        }
    }
}
