use futures_util::{Stream, stream};
use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

static API: CircuitBreaker = CircuitBreaker::new("api");

type Items = stream::Iter<std::vec::IntoIter<Result<u32, Failed>>>;

#[async_retry(base_delay = "1s", stream)]
async fn call() -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    Ok(stream::iter(vec![Ok(1)]))
}

fn main() {}
