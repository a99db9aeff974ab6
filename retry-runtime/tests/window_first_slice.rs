//! A test of the first call that any breaker times. It needs its own process.

use std::time::Duration;

use retry_runtime::{CircuitBreaker, CircuitState, Window};

/// A tenth of this window is 2^22 nanoseconds, and 2^40 of these reach the middle of the clock's
/// scale.
static BREAKER: CircuitBreaker = CircuitBreaker::new("first-slice").failure_rate(
    1.0,
    1,
    Window::time(Duration::from_nanos(41_943_040)),
);

#[tokio::test]
async fn the_first_call_begins_the_first_slice() {
    // The first read of the clock: the scale of time begins here.
    assert_eq!(BREAKER.snapshot().calls, 0);
    BREAKER.try_acquire().unwrap().success();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3600)).await;
    BREAKER.try_acquire().unwrap().failure();
    // The success is an hour old and the window is 42 ms long, so all of its calls have failed.
    assert_eq!(BREAKER.state(), CircuitState::Open);
}
