use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

fn consume(prompt: String) -> usize {
    prompt.len()
}

#[async_retry]
async fn call(prompt: String) -> Result<usize, Failed> {
    Ok(consume(prompt))
}

fn main() {}
