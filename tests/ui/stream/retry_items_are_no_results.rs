use futures_util::{Stream, stream};
use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("busy")]
    #[retry(unavailable)]
    Busy,
}

#[async_retry(stream)]
async fn call() -> Result<impl Stream<Item = u32>, Failed> {
    Ok(stream::iter([1, 2]))
}

fn main() {}
