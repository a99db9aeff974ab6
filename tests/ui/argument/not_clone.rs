use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

struct Token;

#[async_retry(clone(token))]
async fn call(token: Token) -> Result<Token, Failed> {
    Ok(token)
}

fn main() {}
