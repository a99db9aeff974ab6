use retry_utils::{CircuitBreakers, CircuitOpen, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

const UPSTREAMS: CircuitBreakers = CircuitBreakers::new("upstreams");

#[circuit_breaker(UPSTREAMS, key = host)]
async fn call(host: &str) -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
