use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(retry_after_ok = |_| None)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(retry_if_ok = |_| true, retry_after_ok = |_| 5)]
async fn of_another_type() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
