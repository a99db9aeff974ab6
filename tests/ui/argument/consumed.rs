use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

struct Transaction;

impl Transaction {
    async fn execute(&mut self) -> Result<(), Failed> {
        Ok(())
    }

    async fn commit(self) -> Result<(), Failed> {
        Ok(())
    }
}

#[async_retry]
async fn delete(mut transaction: Transaction) -> Result<(), Failed> {
    transaction.execute().await?;
    transaction.commit().await
}

fn main() {}
