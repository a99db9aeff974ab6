#![allow(unused_imports)] // The item is emitted unexpanded.

use retry_utils::{FailureKinds, Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(retry_on = FailureKinds::ALL, retry_if = |_| true)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
