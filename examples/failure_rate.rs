//! A breaker that opens at a share of failed or slow calls, and asks less often while the dependency stays down.

use std::time::Duration;

use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, Window, circuit_breaker};

/// Opens when at least 10 of the last 20 calls are known and half of them failed, or 80 % took longer than 50 ms.
/// The open phase doubles with each recovery that fails.
static SEARCH: CircuitBreaker = CircuitBreaker::new("search")
    .failure_rate(0.5, 10, Window::calls(20))
    .slow_call(Duration::from_millis(50), 0.8)
    .recovery_timeout(Duration::from_millis(20))
    .recovery_backoff(2.0, Duration::from_millis(80))
    .success_threshold(1);

#[derive(Debug, thiserror::Error, Retryable)]
enum SearchError {
    #[error("unavailable")]
    #[retry(unavailable)]
    Unavailable,

    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[circuit_breaker(SEARCH)]
async fn search(works: bool) -> Result<u32, SearchError> {
    if works { Ok(3) } else { Err(SearchError::Unavailable) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Failures that come singly among good calls never make a row, but they do make a rate.
    for call in 1.. {
        if let Err(error @ SearchError::Open(_)) = search(call % 2 == 0).await {
            println!("call {call}: {error}");
            break;
        }
    }
    for works in [false, false, false, true] {
        let wait = SEARCH.try_acquire().err().and_then(|open| open.retry_in()).unwrap_or_default();
        println!("{} for {wait:.0?} more", SEARCH.state());
        tokio::time::sleep(wait).await;
        let probe = search(works).await;
        println!("  a probe: {probe:?}, now {}", SEARCH.state());
    }
    // An operator who knows better than the calls: open now, and probe when told to.
    SEARCH.trip();
    SEARCH.half_open();
    println!("told to probe: {}", SEARCH.state());
}
