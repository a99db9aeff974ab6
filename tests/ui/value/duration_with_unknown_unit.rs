use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(base_delay = "2d", total_timeout = "soon")]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
