use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry]
fn call() -> impl Future<Output = Result<u32, Failed>> {
    let one = 1;
    async move { Ok(one) }
}

fn main() {}
