//! A process of its own: it is about the first call that any breaker times.

use std::time::Duration;

use retry_runtime::{CircuitBreaker, CircuitState, Window};

/// A tenth of this window is 2^22 nanoseconds, of which 2^40 lead to the middle of the clock's
/// scale.
static BREAKER: CircuitBreaker = CircuitBreaker::new("first-slice").failure_rate(
    1.0,
    1,
    Window::time(Duration::from_nanos(41_943_040)),
);

#[tokio::test]
async fn the_first_call_begins_the_first_slice() {
    // Reads the clock for the first time, so that the scale of time begins here.
    assert_eq!(BREAKER.snapshot().calls, 0);
    BREAKER.try_acquire().unwrap().success();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(3600)).await;
    BREAKER.try_acquire().unwrap().failure();
    // The success is an hour old, and the window 42 ms long: all of its calls have failed.
    assert_eq!(BREAKER.state(), CircuitState::Open);
}
