use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

async fn stopped() {}

#[async_retry(stop_on = || stopped())]
async fn closure() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(stop_on = async || stopped().await)]
async fn async_closure() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
