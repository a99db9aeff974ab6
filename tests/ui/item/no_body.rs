use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

trait Complete {
    #[async_retry]
    async fn complete(&self) -> Result<u32, Failed>;
}

fn main() {}
