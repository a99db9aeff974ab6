use retry_utils::{CircuitBreaker, CircuitOpen, circuit_breaker};

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Open(#[from] CircuitOpen),
}

static API: CircuitBreaker = CircuitBreaker::new("api");

#[circuit_breaker(API)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
