//! The support for tests: failures by script, no waits, and assertions on what happened.
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

/// In a crate of your own this, and the line that hits it, stand under `#[cfg(test)]`.
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
        println!("two failures: {} calls arrived, and the caller saw none fail", faults.hits());
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

    println!("\nall that was recorded:");
    for event in recorder.events() {
        println!("  {event}");
    }
    // Seconds, with the waits.
    assert!(began.elapsed() < Duration::from_secs(1), "somebody waited");
}
