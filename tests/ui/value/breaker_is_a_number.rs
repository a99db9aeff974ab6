#![allow(unused_imports)] // The item is emitted unexpanded.

use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[circuit_breaker(5)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
