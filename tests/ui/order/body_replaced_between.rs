use foreign_attributes::replace;
use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[circuit_breaker(API)]
#[replace]
#[async_retry]
async fn breaker_above() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry]
#[replace]
#[circuit_breaker(API)]
async fn retry_above() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
