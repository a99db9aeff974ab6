use std::sync::LazyLock;

use retry_utils::{RetryConfig, Retryable, STANDARD, async_retry};

static LAZY: LazyLock<RetryConfig> = LazyLock::new(|| STANDARD);

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(LAZY)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(LAZY, max_attempts = 5)]
async fn with_an_override() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
