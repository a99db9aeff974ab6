#![allow(unused_imports)] // The items are emitted unexpanded.

use std::time::Duration;

use retry_utils::{Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

const fn linear(retry: u32) -> Duration {
    Duration::from_secs(retry as u64)
}

#[async_retry(exponential_base = 3, backoff = linear)]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(STANDARD.clone(), backoff = |_| Duration::ZERO, exponential_base = 1)]
async fn of_the_call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
