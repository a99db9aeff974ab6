use std::pin::Pin;

use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[async_retry]
fn retried(cached: bool) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send>> {
    if cached {
        return Box::pin(async move { Ok(0) });
    }
    Box::pin(async move { Ok(1) })
}

#[circuit_breaker(API)]
fn guarded(cached: bool) -> Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send>> {
    if cached {
        return Box::pin(async move { Ok(0) });
    }
    Box::pin(async move { Ok(1) })
}

fn main() {}
