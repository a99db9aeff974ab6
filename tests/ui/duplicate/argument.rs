use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(clone(prompt, prompt))]
async fn cloned(prompt: String) -> Result<String, Failed> {
    Ok(prompt)
}

#[async_retry(shared(prompt, prompt), clone(self, a + b))]
async fn shared(mut prompt: String) -> Result<String, Failed> {
    prompt.push('1');
    Ok(prompt.clone())
}

fn main() {}
