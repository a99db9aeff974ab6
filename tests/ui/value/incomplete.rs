use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(retry_if = |error|)]
async fn closure() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(STANDARD., max_attempts = 3)]
async fn policy() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(max_attempts = 3 4, colour = 1)]
async fn two_values() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(attempt = a.b)]
async fn no_name() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(, max_attempts = 3)]
async fn nothing_before_a_comma() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
