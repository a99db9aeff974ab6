use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(attempt = gen)]
async fn reserved() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(attempt = match)]
async fn keyword() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(attempt = self)]
async fn receiver() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
