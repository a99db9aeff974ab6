#![allow(unused)] // The items are emitted unexpanded.

use std::time::Duration;

use retry_utils::{Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry(STANDARD, backoff = |retry| step * retry)]
async fn an_argument(step: Duration) -> Result<u32, Failed> {
    Ok(1)
}

struct Client(Duration);

impl Client {
    #[async_retry(backoff = move |_| self.0)]
    async fn a_field(&self) -> Result<u32, Failed> {
        Ok(1)
    }
}

// The function may be chosen per call, but not for a constant policy.
#[async_retry(STANDARD, backoff = law)]
async fn a_function(law: fn(u32) -> Duration) -> Result<u32, Failed> {
    Ok(1)
}

fn main() {}
