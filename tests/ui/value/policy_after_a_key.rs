#![allow(unused_imports)] // The item is emitted unexpanded.

use retry_utils::{Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(max_attempts = 2, STANDARD)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
