//! The first step of a rollout: `Mode::Observe` changes nothing, and says what `Enforce` would do.

use retry_utils::observe::{self, Event};
use retry_utils::{
    CircuitBreaker, CircuitOpen, Mode, RetryConfig, Retryable, STANDARD, async_retry,
    circuit_breaker,
};

const POLICY: RetryConfig = STANDARD.mode(Mode::Observe);

static BILLING: CircuitBreaker =
    CircuitBreaker::new("billing").failure_threshold(3).mode(Mode::Observe);

#[derive(Debug, thiserror::Error, Retryable)]
enum BillingError {
    #[error("billing is down")]
    #[retry(unavailable)]
    Down,

    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

#[circuit_breaker(BILLING)]
#[async_retry(POLICY, name = "invoice")]
async fn invoice() -> Result<u32, BillingError> {
    println!("  asking billing");
    Err(BillingError::Down)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), observe::ObserverAlreadySet> {
    observe::set_observer(|event| match event {
        Event::WouldRetry { operation, max_attempts, delay, .. } => {
            println!(
                "  {operation} would be retried in {delay:.0?}, {max_attempts} attempts in all"
            );
        }
        Event::WouldReject { breaker, .. } => println!("  {breaker} would reject this call"),
        Event::Transition { breaker, from, to, .. } => println!("  {breaker}: {from} -> {to}"),
        _ => {}
    })?;
    for call in 1..=4 {
        println!("call {call}");
        // As without the library: one attempt each, and the error of that attempt.
        if let Err(error) = invoice().await {
            println!("  failed: {error}");
        }
    }
    // The next step, for one breaker of a running program: `BILLING.set_mode(Mode::Enforce)`.
    Ok(())
}
