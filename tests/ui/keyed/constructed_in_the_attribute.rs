use retry_utils::{CircuitBreakers, CircuitOpen, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[circuit_breaker(CircuitBreakers::new("upstreams"), key = host)]
async fn call(host: &str) -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
