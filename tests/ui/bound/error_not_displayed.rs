use retry_utils::{Retryable, async_retry};

#[derive(Debug, Retryable)]
#[retry(transient)]
struct Failed;

#[async_retry]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
