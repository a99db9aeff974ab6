//! How large the futures are: plain, by hand and retry-utils.
#![allow(clippy::large_types_passed_by_value, reason = "what that does to a future is measured")]

use std::time::Duration;

use retry_utils::{CircuitBreaker, STANDARD, async_retry, circuit_breaker};
use scenarios::size::{Bytes, Size};
use scenarios::{Answer, size, value};

use crate::by_hand::{Policy, retry};
use crate::{LlmError, OURS};

static BREAKER: CircuitBreaker = CircuitBreaker::new("sizes");
const BYTES: Bytes = [0; 1024];
const POLICY: Policy = Policy {
    max_attempts: 3,
    base_delay: Duration::from_secs(1),
    max_delay: Duration::from_secs(10),
};

/// What the bodies await, so that their futures hold what they need later.
async fn pause() {
    tokio::task::yield_now().await;
}

/// An answer that depends on the argument.
fn counted(byte: u8) -> Result<Answer, LlmError> {
    let Answer { tokens } = value::answers::<LlmError>()?;
    Ok(Answer { tokens: tokens + u64::from(byte) })
}

/// The three calls, under these attributes. The name of the argument has to come from where
/// `clone(…)` does.
macro_rules! annotated {
    ($shape:ident, $name:expr, $bytes:ident, [$($attribute:tt)*], [$($clone:tt)*]) => {
        [
            size!(
                $shape,
                None,
                $name,
                {
                    $($attribute)*
                    async fn call() -> Result<Answer, LlmError> {
                        pause().await;
                        value::answers()
                    }
                },
                call()
            ),
            size!(
                $shape,
                Borrowed,
                $name,
                {
                    $($attribute)*
                    async fn call(bytes: &Bytes) -> Result<Answer, LlmError> {
                        pause().await;
                        counted(bytes[0])
                    }
                },
                call(&BYTES)
            ),
            size!(
                $shape,
                Cloned,
                $name,
                {
                    $($clone)*
                    async fn call($bytes: Bytes) -> Result<Answer, LlmError> {
                        pause().await;
                        let consumed = std::convert::identity($bytes);
                        counted(consumed[0])
                    }
                },
                call(BYTES)
            ),
        ]
    };
}

pub(crate) fn sizes() -> Vec<Size> {
    let mut all = Vec::new();
    all.extend(annotated!(Plain, "plain", bytes, [], []));
    all.extend(annotated!(
        Retry,
        OURS,
        bytes,
        [#[async_retry(STANDARD)]],
        [#[async_retry(STANDARD, clone(bytes))]]
    ));
    all.extend(annotated!(
        Breaker,
        OURS,
        bytes,
        [#[circuit_breaker(BREAKER)]],
        [#[circuit_breaker(BREAKER)]]
    ));
    all.extend(annotated!(
        Both,
        OURS,
        bytes,
        [#[circuit_breaker(BREAKER)] #[async_retry(STANDARD)]],
        [#[circuit_breaker(BREAKER)] #[async_retry(STANDARD, clone(bytes))]]
    ));
    all.push(size!(
        Retry,
        None,
        "by-hand-function",
        {
            async fn once() -> Result<Answer, LlmError> {
                pause().await;
                value::answers()
            }
        },
        retry(&POLICY, async || once().await)
    ));
    all.push(size!(
        Retry,
        Borrowed,
        "by-hand-function",
        {
            async fn once(bytes: &Bytes) -> Result<Answer, LlmError> {
                pause().await;
                counted(bytes[0])
            }
            let bytes = BYTES;
        },
        retry(&POLICY, async || once(&bytes).await)
    ));
    all.push(size!(
        Retry,
        Cloned,
        "by-hand-function",
        {
            async fn once(bytes: Bytes) -> Result<Answer, LlmError> {
                pause().await;
                let bytes = std::convert::identity(bytes);
                counted(bytes[0])
            }
            let bytes = BYTES;
        },
        retry(&POLICY, async move || once(bytes).await)
    ));
    all
}
