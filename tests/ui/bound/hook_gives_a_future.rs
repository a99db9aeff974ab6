use retry_utils::observe::Event;
use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

async fn refresh() {}

async fn hear(_: &Event<'_>) {}

#[async_retry(on_retry = |_| refresh())]
async fn closure() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(on_retry = hear)]
async fn path() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
