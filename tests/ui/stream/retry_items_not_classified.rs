use futures_util::{Stream, stream};
use retry_utils::{async_retry};

#[derive(Debug, thiserror::Error)]
#[error("broke")]
struct Broke;

#[async_retry(stream)]
async fn call() -> Result<impl Stream<Item = Result<u32, Broke>>, Broke> {
    Ok(stream::iter([Ok(1), Err(Broke)]))
}

fn main() {}
