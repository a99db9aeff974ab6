use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

struct Client(u32);

impl Client {
    #[async_retry]
    async fn call(mut self) -> Result<u32, Failed> {
        self.0 += 1;
        Ok(self.0)
    }

    #[async_retry(clone(self))]
    async fn cloned(self) -> Result<u32, Failed> {
        Ok(self.0)
    }
}

fn main() {}
