//! Lints at the level `forbid`, which generated code cannot allow.
#![forbid(unreachable_code)]

mod common;

use common::{Calls, Failed};
use futures_util::{Stream, StreamExt, stream};
use retry_utils::{CircuitBreaker, STANDARD, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("forbidden");

#[circuit_breaker(API)]
#[async_retry(STANDARD, attempt_timeout = "1s", total_timeout = "1m")]
async fn call(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(1)
}

#[circuit_breaker(API, stream)]
#[async_retry(STANDARD, stream, attempt_timeout = "1s")]
async fn streamed(
    calls: &Calls,
) -> Result<impl Stream<Item = Result<u32, Failed>> + use<>, Failed> {
    Ok(stream::iter([calls.fail_first(1)]))
}

#[tokio::test(start_paused = true)]
async fn unreachable_code_may_be_forbidden() {
    assert_eq!(call(&Calls::new()).await.unwrap(), 2);
    assert_eq!(streamed(&Calls::new()).await.unwrap().count().await, 1);
}
