use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(max_attempts = 0, base_delay = "1", colour = 1, clone(nobody))]
async fn call(mut prompt: String) -> Result<String, Failed> {
    prompt.push('!');
    Ok(prompt)
}

fn main() {}
