use retry_utils::{Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(STANDARD, max_delay = "500ms")]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
