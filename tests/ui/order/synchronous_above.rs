use foreign_attributes::drop_async;
use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[drop_async]
#[async_retry]
async fn above_the_retry() -> Result<u32, Failed> {
    Ok(1)
}

#[drop_async]
#[circuit_breaker(API)]
async fn above_the_breaker() -> Result<u32, Failed> {
    Ok(1)
}

type Answer = Result<u32, Failed>;

#[drop_async]
#[async_retry]
async fn with_an_alias() -> Answer {
    Ok(1)
}

fn main() {}
