#![allow(unused_imports)] // The item is emitted unexpanded.

use retry_utils::{Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(STANDARD, max_attempts = limit)]
async fn call(limit: u32) -> Result<u32, Failed> {
    Ok(limit)
}

fn main() {}
