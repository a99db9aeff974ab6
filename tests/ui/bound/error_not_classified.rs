use retry_utils::{async_retry};

#[derive(Debug, thiserror::Error)]
#[error("failed")]
struct Failed;

#[async_retry]
async fn call() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
