use futures_util::stream::BoxStream;
use retry_utils::{CircuitBreaker, CircuitOpen, Guarded, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

static HOST: CircuitBreaker = CircuitBreaker::new("host");
static TENANT: CircuitBreaker = CircuitBreaker::new("tenant");

#[circuit_breaker(HOST, stream)]
#[circuit_breaker(TENANT, stream)]
async fn call() -> Result<Guarded<BoxStream<'static, Result<u32, Failed>>>, Failed> {
    Ok(Box::pin(futures_util::stream::iter([Ok(1)])))
}

fn main() {}
