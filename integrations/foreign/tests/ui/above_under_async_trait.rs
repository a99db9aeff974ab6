use async_trait::async_trait;
use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_trait]
trait Call {
    async fn call(&self, text: String) -> Result<usize, Failed>;
}

#[async_trait]
impl Call for u32 {
    #[fastrace::trace]
    #[async_retry]
    async fn call(&self, text: String) -> Result<usize, Failed> {
        Ok(text.len())
    }
}

#[async_trait]
impl Call for u64 {
    #[async_backtrace::framed]
    #[async_retry]
    async fn call(&self, text: String) -> Result<usize, Failed> {
        Ok(text.len())
    }
}

fn main() {}
