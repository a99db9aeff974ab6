use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(retries = 3, timeout = "1s")]
async fn retries() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(total_delay = "1m", adjust = |error, wait| wait)]
async fn backon() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(max_elapsed_time = "1m")]
async fn backoff() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(
    stop_after_attempt = 3,
    stop_after_delay = 30,
    retry_if_exception = |error| true,
    retry_if_result = |value| value == 0,
    after = log,
    retry_error_callback = default,
    reraise = true
)]
async fn tenacity() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
