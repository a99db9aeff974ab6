use futures_util::stream;
use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("busy")]
    #[retry(unavailable)]
    Busy,
}

type Items = stream::Iter<std::vec::IntoIter<Result<u32, Failed>>>;

#[async_retry(stream)]
async fn call() -> Result<Items, Failed> {
    Ok(stream::iter(vec![Ok(1)]))
}

fn main() {}
