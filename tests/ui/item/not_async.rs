use retry_utils::{Retryable, async_retry, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry]
fn call() -> Result<u32, Failed> {
    Ok(1)
}

type Answer = Result<u32, Failed>;

#[circuit_breaker("api")]
fn with_an_alias() -> Answer {
    Ok(1)
}

fn main() {}
