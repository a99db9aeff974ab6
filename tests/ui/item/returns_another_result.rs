use retry_utils::{CircuitBreaker, Retryable, async_retry, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

enum Result<T, E> {
    Good(T),
    #[allow(dead_code)]
    Bad(E),
}

static API: CircuitBreaker = CircuitBreaker::new("api");

#[async_retry]
async fn retried() -> Result<u32, Failed> {
    Result::Good(1)
}

#[circuit_breaker(API)]
async fn guarded() -> Result<u32, Failed> {
    Result::Good(1)
}

fn main() {}
