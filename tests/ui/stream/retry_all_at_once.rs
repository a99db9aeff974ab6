use futures_util::stream;
use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("busy")]
    #[retry(unavailable)]
    Busy,
}

#[async_retry(stream = true, attemps = 3)]
async fn call() -> Result<Vec<u32>, Failed> {
    Ok(vec![1])
}

#[async_retry(max_attempts = 0, stream, clone(prompt))]
async fn other() -> Result<stream::Empty<Result<u32, Failed>>, Failed> {
    Ok(stream::empty())
}

fn main() {}
