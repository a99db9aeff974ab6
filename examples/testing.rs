//! The support for tests: scripted failures, no waits, and assertions on events.
//!
//! ```text
//! cargo run --example testing --features testing
//! ```

use std::time::{Duration, Instant};

use retry_utils::observe::Reason;
use retry_utils::testing::{FaultPoint, Injector, Recorder, Testing};
use retry_utils::{
    CircuitBreaker, CircuitOpen, CircuitState, Retryable, STANDARD, async_retry, circuit_breaker,
};

#[derive(Debug, thiserror::Error, Retryable)]
enum BillingError {
    #[error("billing is down")]
    #[retry(unavailable)]
    Down,
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

static BILLING: CircuitBreaker = CircuitBreaker::new("billing").failure_threshold(2);

/// In your crate, put `#[cfg(test)]` on this and on the line that hits it.
static FAULTS: FaultPoint<BillingError> = FaultPoint::new();

#[circuit_breaker(BILLING)]
#[async_retry(STANDARD, name = "invoice")]
async fn invoice() -> Result<u32, BillingError> {
    FAULTS.hit().await?;
    Ok(7)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let began = Instant::now();
    let _fast = Testing::new().scope();
    let recorder = Recorder::new();

    {
        let faults = FAULTS.inject(Injector::fail_times(2, || BillingError::Down));
        assert_eq!(invoice().await.ok(), Some(7));
        recorder.assert_retries("invoice", 2);
        println!("two failures: {} attempts, and the call succeeded", faults.hits());
    }
    {
        let _down = FAULTS.inject(Injector::fail_rate(1.0, 0, || BillingError::Down));
        for _ in 0..3 {
            let _ = invoice().await;
        }
        recorder.assert_gave_up("invoice", Reason::AttemptsExhausted);
        recorder.assert_transitions("billing", &[CircuitState::Open]);
        recorder.assert_rejected("billing", 1);
        println!("an outage: the breaker opened after two calls and rejected the third");
    }

    println!("\nrecorded events:");
    for event in recorder.events() {
        println!("  {event}");
    }
    // With waits, it would be seconds.
    assert!(began.elapsed() < Duration::from_secs(1), "a retry waited");
}
