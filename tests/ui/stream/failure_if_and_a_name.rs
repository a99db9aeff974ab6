use futures_util::stream;
use retry_utils::{CircuitBreaker, CircuitOpen, Guarded, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

static API: CircuitBreaker = CircuitBreaker::new("api");

type Items = stream::Iter<std::vec::IntoIter<Result<u32, Failed>>>;

#[circuit_breaker(API, stream, failure_if = |_| true)]
async fn call() -> Result<Guarded<Items>, Failed> {
    Ok(stream::iter(vec![Ok(1)]))
}

fn main() {}
