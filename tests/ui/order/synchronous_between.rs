use foreign_attributes::drop_async;
use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[circuit_breaker(API)]
#[drop_async]
#[async_retry]
async fn breaker_above() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry]
#[drop_async]
#[circuit_breaker(API)]
async fn retry_above() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
