use retry_utils::{CircuitBreaker, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

static API: CircuitBreaker = CircuitBreaker::new("api");

#[circuit_breaker(API)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
