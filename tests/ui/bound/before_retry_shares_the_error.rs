//! The error is borrowed while the hook runs, so a spawned call needs an error that is `Sync`.

use std::cell::Cell;

use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed(Cell<u32>);

#[async_retry(before_retry = async |_| {})]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {
    tokio::spawn(call());
}
