//! Sizes of futures: plain, by hand and retry-utils.
#![allow(clippy::large_types_passed_by_value, reason = "its effect on a future is measured")]

use std::time::Duration;

use retry_utils::{CircuitBreaker, STANDARD, async_retry, circuit_breaker};
use scenarios::contestant::OURS;
use scenarios::size::{BYTES, Bytes, Size, answer, borrowed, consumed, nothing, pause};
use scenarios::{Answer, size, value};

use crate::by_hand::{Policy, retry};
use crate::error::LlmError;

static BREAKER: CircuitBreaker = CircuitBreaker::new("sizes");
const POLICY: Policy = Policy {
    max_attempts: 3,
    base_delay: Duration::from_secs(1),
    max_delay: Duration::from_secs(10),
};

/// The three calls under these attributes. The caller of the macro names the argument, because
/// `clone(…)` refers to it.
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
                        answer(bytes[0])
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
                        answer(consumed[0])
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
    all.extend([
        size!(Retry, None, "by-hand-function", {}, {
            retry(&POLICY, async || nothing::<LlmError, LlmError>().await)
        }),
        size!(
            Retry,
            Borrowed,
            "by-hand-function",
            {
                let bytes = BYTES;
            },
            retry(&POLICY, async || borrowed::<LlmError, LlmError>(&bytes).await)
        ),
        size!(
            Retry,
            Cloned,
            "by-hand-function",
            {
                let bytes = BYTES;
            },
            retry(&POLICY, async move || consumed::<LlmError, LlmError>(bytes).await)
        ),
    ]);
    all
}
