use futures_util::Stream;
use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error("busy")]
    #[retry(unavailable)]
    Busy,
}

#[async_retry(stream)]
async fn call() -> Result<impl Sized, Failed> {
    Ok(1)
}

#[async_retry(stream)]
async fn items_that_are_no_results<S: Stream<Item = u32>>(items: S) -> Result<impl Sized, Failed> {
    let items = Some(items);
    Ok(items.expect("not taken"))
}

fn main() {}
