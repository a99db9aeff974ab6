use retry_utils::{Retryable, async_retry};
use tracing::instrument;

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[instrument]
#[async_retry]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
