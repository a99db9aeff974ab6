// Written by `UPDATE_EXPECT=1 cargo test -p retry-macros --test names`.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use retry_utils::{
    CircuitBreaker, CircuitOpen, RetryConfig, Retryable, STANDARD, TimedOut, async_retry,
    circuit_breaker,
};

static API: CircuitBreaker = CircuitBreaker::new("names");

const QUICK: RetryConfig = STANDARD.base_delay(Duration::ZERO);

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("once")]
    #[retry(unavailable)]
    Once,
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
    #[error(transparent)]
    #[retry(transparent)]
    TimedOut(#[from] TimedOut),
}

fn run(call: impl Future<Output = Result<u32, Failed>>) -> u32 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(call).unwrap()
}
