use std::time::Duration;

use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

async fn stopped() {}

#[async_retry(stop_on = stopped)]
async fn not_called() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(stop_on = Duration::from_secs(1))]
async fn duration() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
