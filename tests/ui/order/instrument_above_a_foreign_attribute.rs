use foreign_attributes::{block, closure, prepend};
use retry_utils::{Retryable, async_retry};
use tracing::instrument;

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[instrument]
#[prepend]
#[async_retry]
async fn statement() -> Result<u32, Failed> {
    Ok(1)
}

#[instrument]
#[block]
#[async_retry]
async fn wrapped() -> Result<u32, Failed> {
    Ok(1)
}

#[instrument]
#[closure]
#[async_retry]
async fn called() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
