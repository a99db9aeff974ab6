use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[tokio::main]
#[async_retry]
async fn main() -> Result<(), Failed> {
    Ok(())
}
