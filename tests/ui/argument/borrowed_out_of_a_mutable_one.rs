use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

struct Client(Vec<u32>);

impl Client {
    #[async_retry]
    async fn first(&mut self) -> Result<&u32, Failed> {
        self.0.first().ok_or(Failed)
    }

    #[async_retry]
    async fn last<'a>(&'a mut self, _name: &str) -> Result<Option<&'a mut u32>, Failed> {
        Ok(self.0.last_mut())
    }
}

#[async_retry]
async fn of_an_argument(list: &mut [u32]) -> Result<&u32, Failed> {
    list.first().ok_or(Failed)
}

fn main() {}
