use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry("standard")]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
