use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[fastrace::trace]
#[async_retry]
async fn above_the_retry() -> Result<u32, Failed> {
    Ok(1)
}

#[fastrace::trace]
#[circuit_breaker(API)]
async fn above_the_breaker(text: String) -> Result<usize, Failed> {
    Ok(text.len())
}

#[fastrace::trace]
#[circuit_breaker(API)]
#[async_retry]
async fn above_both(text: String) -> Result<usize, Failed> {
    Ok(text.len())
}

fn main() {}
