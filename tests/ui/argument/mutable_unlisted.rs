use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry]
async fn call(mut prompt: String, (a, mut b): (u32, u32)) -> Result<String, Failed> {
    b += a;
    prompt.push_str(&b.to_string());
    Ok(prompt)
}

fn main() {}
