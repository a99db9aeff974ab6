use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[async_backtrace::framed]
#[async_retry]
async fn above_the_retry() -> Result<u32, Failed> {
    Ok(1)
}

#[async_backtrace::framed]
#[circuit_breaker(API)]
async fn above_the_breaker(text: String) -> Result<usize, Failed> {
    Ok(text.len())
}

#[async_backtrace::framed]
#[circuit_breaker(API)]
#[async_retry]
async fn above_both(text: String) -> Result<usize, Failed> {
    Ok(text.len())
}

fn main() {}
