//! Errors that are classified where they are created, in a function whose error type has no kind of
//! failure.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use retry_utils::{
    CircuitBreaker, CircuitOpen, Classified, FailureKind, Jitter, RetryConfig, RetryHint,
    Retryable, STANDARD, TimedOut, async_retry, circuit_breaker,
};
use tokio::time::Instant;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

/// An error type of another crate, which keeps neither status nor kind.
#[derive(Debug, PartialEq)]
struct Foreign(String);

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Foreign {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&fmt::Error)
    }
}

impl From<TimedOut> for Foreign {
    fn from(error: TimedOut) -> Self {
        Self(error.to_string())
    }
}

impl From<CircuitOpen> for Foreign {
    fn from(error: CircuitOpen) -> Self {
        Self(error.to_string())
    }
}

fn failed(status: u16, wait: Option<Duration>) -> Classified<Foreign> {
    let kind = match status {
        429 => FailureKind::RateLimited,
        500.. => FailureKind::Unavailable,
        _ => FailureKind::InvalidRequest,
    };
    Classified::new(kind, Foreign(status.to_string())).with_hint(wait)
}

#[async_retry(PLAIN, attempt_timeout = "5s")]
async fn attempt(status: u16, calls: &Cell<u32>) -> Result<u32, Classified<Foreign>> {
    calls.set(calls.get() + 1);
    match status {
        200 => Ok(calls.get()),
        408 => std::future::pending().await,
        status => Err(failed(status, (status == 429).then_some(Duration::from_secs(7)))),
    }
}

#[tokio::test(start_paused = true)]
async fn the_function_that_creates_the_error_classifies_it() {
    for (status, calls, seconds, text) in [
        (503, 3, 1 + 2, "503"),
        (429, 3, 7 + 7, "429"),
        (404, 1, 0, "404"),
        (408, 3, 5 + 1 + 5 + 2 + 5, "timed out: the attempt took longer than 5s"),
    ] {
        let (made, began) = (Cell::new(0), Instant::now());
        let error = attempt(status, &made).await.map_err(Classified::into_inner).unwrap_err();
        assert_eq!((made.get(), began.elapsed().as_secs()), (calls, seconds), "{status}");
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(attempt(200, &Cell::new(0)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_breaker_counts_by_the_kind_and_its_rejection_keeps_its_own() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new("classified").failure_threshold(1);

    #[circuit_breaker(BREAKER)]
    async fn call(status: u16) -> Result<u32, Classified<Foreign>> {
        Err(failed(status, None))
    }

    assert_eq!(call(404).await.unwrap_err().failure_kind(), FailureKind::InvalidRequest);
    assert_eq!(call(503).await.unwrap_err().failure_kind(), FailureKind::Unavailable);
    let rejected = call(200).await.unwrap_err();
    assert_eq!(rejected.failure_kind(), FailureKind::CircuitOpen);
    assert!(rejected.inner().0.starts_with("circuit breaker `classified` is open"));
}

#[test]
fn it_shows_the_error_inside_and_its_causes() {
    let error = Classified::permanent(Foreign("lost".into())).with_hint(RetryHint::Never);
    assert_eq!(
        (error.failure_kind(), error.retry_hint()),
        (FailureKind::Permanent, RetryHint::Never)
    );
    assert_eq!((error.to_string().as_str(), error.retry_after()), ("lost", None));
    assert!(error.source().is_some_and(<dyn Error>::is::<fmt::Error>));
    assert_eq!(error.into_inner(), Foreign("lost".into()));
    let soft = RetryHint::Soft(Duration::from_secs(2));
    let error = Classified::new(FailureKind::RateLimited, "slow down").with_hint(soft);
    assert_eq!((error.retry_hint(), error.retry_after()), (soft, Some(Duration::from_secs(2))));
}
