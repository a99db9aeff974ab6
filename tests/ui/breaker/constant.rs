use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

const API: CircuitBreaker = CircuitBreaker::new("api");

#[circuit_breaker(API)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
