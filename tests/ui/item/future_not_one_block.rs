use retry_utils::{Retryable, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Failed;

#[async_retry]
fn bound_before() -> impl Future<Output = Result<u32, Failed>> {
    let future = async move { Ok(1) };
    future
}

#[async_retry]
fn one_of_two(first: bool) -> std::pin::Pin<Box<dyn Future<Output = Result<u32, Failed>>>> {
    if first { Box::pin(async move { Ok(1) }) } else { Box::pin(async move { Ok(2) }) }
}

fn main() {}
