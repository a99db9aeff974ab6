use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

static API: CircuitBreaker = CircuitBreaker::new("api");

#[circuit_breaker(API, key = host)]
async fn call(host: &str) -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
