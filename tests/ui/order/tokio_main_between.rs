use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[circuit_breaker(API)]
#[tokio::main]
#[async_retry]
async fn main() -> Result<(), Failed> {
    Ok(())
}
