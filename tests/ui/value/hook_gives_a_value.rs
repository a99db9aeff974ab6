use retry_utils::observe::Event;
use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

fn count(_: &Event<'_>) -> usize {
    1
}

#[async_retry(on_retry = count)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
