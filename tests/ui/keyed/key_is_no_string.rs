use retry_utils::{CircuitBreakers, CircuitOpen, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

static UPSTREAMS: CircuitBreakers = CircuitBreakers::new("upstreams");

#[circuit_breaker(UPSTREAMS, key = id)]
async fn call(id: u64) -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
