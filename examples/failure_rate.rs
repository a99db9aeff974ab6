//! A breaker that opens at a rate of failed or slow calls, and probes less often while the
//! dependency stays down.

use std::time::Duration;

use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, Window, circuit_breaker};

/// Opens when, of at least 10 and at most the last 20 calls, half failed or 80 % took longer than
/// 50 ms. The open phase doubles with each failed recovery.
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
    // Single failures among successes are never consecutive, but they reach a rate.
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
    // An operator opens the breaker, and lets it probe later.
    SEARCH.trip();
    SEARCH.half_open();
    println!("probing by command: {}", SEARCH.state());
}
