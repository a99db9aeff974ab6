//! The events in the tests of metrics, and their expected counts.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::future::ready;
use std::io::{self, ErrorKind};
use std::time::Duration;

use retry_runtime::{CircuitBreaker, RetryConfig, STANDARD};

use crate::store::Store;

/// Causes a rejection, two changes of state, and a call that is retried once and gives up.
pub(crate) async fn one_of_each(breaker: &CircuitBreaker) {
    const TWICE: RetryConfig = STANDARD.max_attempts(2).base_delay(Duration::ZERO);
    breaker.trip();
    assert!(breaker.try_acquire().is_err());
    breaker.reset();
    let call = TWICE.run(|| ready(io::Result::<()>::Err(ErrorKind::TimedOut.into())));
    call.name("written").await.unwrap_err();
}

/// Asserts that each of these is in the store this many times.
pub(crate) fn assert_written(store: &Store, times: u64) {
    let expected = [
        ("retry_utils_circuit_breaker_rejected_total", times),
        ("retry_utils_circuit_breaker_transitions_total", 2 * times),
        ("retry_utils_circuit_breaker_state", 2 * times),
        ("retry_utils_retried_calls_total", times),
        ("retry_utils_retry_delay_seconds", times),
        ("retry_utils_gave_up_total", times),
    ];
    assert_eq!(expected.map(|(metric, _)| (metric, store.count(metric))), expected);
}
