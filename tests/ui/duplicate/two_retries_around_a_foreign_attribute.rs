use foreign_attributes::{block, closure, macro_call, prepend, relex};
use retry_utils::{Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

macro_rules! passes {
    ($($tokens:tt)*) => { $($tokens)* };
}

#[async_retry(STANDARD)]
#[prepend]
#[async_retry]
async fn statement() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(STANDARD)]
#[block]
#[async_retry]
async fn wrapped() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(STANDARD)]
#[closure]
#[async_retry]
async fn called() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(STANDARD)]
#[macro_call]
#[async_retry]
async fn passed() -> Result<u32, Failed> {
    Ok(1)
}

#[async_retry(STANDARD)]
#[relex]
#[async_retry]
async fn parsed() -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
