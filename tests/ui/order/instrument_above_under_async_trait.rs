use async_trait::async_trait;
use retry_utils::{Retryable, async_retry};
use tracing::instrument;

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_trait]
trait Call {
    async fn call(&self) -> Result<u32, Failed>;
}

#[async_trait]
impl Call for u32 {
    #[instrument]
    #[async_retry]
    async fn call(&self) -> Result<u32, Failed> {
        Ok(*self)
    }
}

fn main() {}
