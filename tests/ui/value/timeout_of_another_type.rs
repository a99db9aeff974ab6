use retry_utils::{Retryable, TimedOut, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    TimedOut(#[from] TimedOut),
}

#[async_retry(attempt_timeout = seconds)]
async fn attempt(seconds: u64) -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(total_timeout = Some(seconds))]
async fn total(seconds: u64) -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
