//! The return value of `before_retry` is awaited, and its output is `()`.

use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

fn log(_: &Failed) {}

async fn refresh() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(before_retry = |error| log(error))]
async fn closure() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(before_retry = log)]
async fn path() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(before_retry = async |_| refresh().await)]
async fn value_ignored() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(before_retry = |_| refresh())]
async fn value_of_a_future_ignored() -> std::io::Result<u32> {
    Ok(1)
}

fn main() {}
