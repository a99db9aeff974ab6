use futures_util::{Stream, stream};
use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("busy")]
    #[retry(unavailable)]
    Busy,
}
#[derive(Debug, thiserror::Error, Retryable)]
#[error("broke")]
#[retry(connection)]
struct Broke;

#[async_retry(stream)]
async fn call() -> Result<impl Stream<Item = Result<u32, Broke>>, Failed> {
    Ok(stream::iter([Ok(1), Err(Broke)]))
}

fn main() {}
