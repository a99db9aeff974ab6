use futures_util::{Stream, stream};
use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

static API: CircuitBreaker = CircuitBreaker::new("api");

type Items = stream::Iter<std::vec::IntoIter<Result<u32, Failed>>>;

#[circuit_breaker(breaker, stream)]
async fn call(breaker: &CircuitBreaker) -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    Ok(stream::iter(vec![Ok(1)]))
}

fn main() {}
