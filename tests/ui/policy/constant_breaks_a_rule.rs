use retry_utils::{RetryConfig, Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

const EAGER: RetryConfig = STANDARD.exponential_base(0.5);

#[async_retry(EAGER)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
