//! A hook is named, not called.

use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

async fn refresh() {}

#[async_retry(before_retry = refresh())]
async fn called() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(before_retry = refresh)]
async fn without_the_error() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
