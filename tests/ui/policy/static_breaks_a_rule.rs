use retry_utils::{RetryConfig, Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

static NEVER: RetryConfig = STANDARD.max_attempts(0);

#[async_retry(NEVER)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
