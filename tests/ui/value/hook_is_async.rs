use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

async fn refresh() {}

#[async_retry(on_retry = async |_| refresh().await)]
async fn closure() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(on_retry = |_| async { refresh().await })]
async fn future() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(on_retry = async { refresh().await })]
async fn block() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
