use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(attempt = model)]
async fn call(prompt: String, model: String) -> Result<usize, Failed> {
    Ok(prompt.len() + model.len())
}

fn main() {}
