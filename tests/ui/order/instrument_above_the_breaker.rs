use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};
use tracing::instrument;

static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[instrument]
#[circuit_breaker(API)]
#[async_retry]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
