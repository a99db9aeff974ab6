use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

async fn refresh() {}

#[async_retry(before_retry = async { refresh().await })]
async fn block() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(before_retry = || refresh())]
async fn closure_without_the_error() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(before_retry = async |_, _| refresh().await)]
async fn closure_with_too_much() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
