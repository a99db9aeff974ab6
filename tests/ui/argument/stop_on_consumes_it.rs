//! A future that is an argument must be borrowed for each wait: `stop_on = &mut stop`.

use std::future::Future;

use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(stop_on = stop)]
async fn call(stop: impl Future) -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
