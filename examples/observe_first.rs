//! The first step of a rollout: `Mode::Observe` changes nothing, and reports what `Enforce` would
//! do. Exits with 0 only if the reports are those that the calls should cause.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

use retry_utils::observe::{self, Event};
use retry_utils::{
    CircuitBreaker, CircuitOpen, CircuitState, FailureKind, Mode, RetryConfig, Retryable, STANDARD,
    async_retry, circuit_breaker,
};

const POLICY: RetryConfig = STANDARD.mode(Mode::Observe);

static BILLING: CircuitBreaker =
    CircuitBreaker::new("billing").failure_threshold(3).mode(Mode::Observe);

#[derive(Debug, thiserror::Error, Retryable)]
enum BillingError {
    #[error("billing is down")]
    #[retry(unavailable)]
    Down,

    #[error("there is no such customer")]
    #[retry(invalid_request)]
    NoCustomer,

    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

/// The second call is for an unknown customer. Billing is down from the fourth call to the eighth.
#[circuit_breaker(BILLING)]
#[async_retry(POLICY, name = "invoice")]
async fn invoice(call: u32) -> Result<u32, BillingError> {
    summary().attempts += 1;
    match call {
        2 => Err(BillingError::NoCustomer),
        4..=8 => Err(BillingError::Down),
        _ => Ok(100 * call),
    }
}

/// The numbers of events.
struct Summary {
    attempts: u32,
    /// By operation and kind of failure.
    would_retry: BTreeMap<String, u32>,
    not_retried: BTreeMap<String, u32>,
    /// By breaker.
    would_open: BTreeMap<String, u32>,
    would_reject: BTreeMap<String, u32>,
}

static SUMMARY: Mutex<Summary> = Mutex::new(Summary {
    attempts: 0,
    would_retry: BTreeMap::new(),
    not_retried: BTreeMap::new(),
    would_open: BTreeMap::new(),
    would_reject: BTreeMap::new(),
});

fn summary() -> MutexGuard<'static, Summary> {
    SUMMARY.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(event: &Event<'_>) {
    let by_kind = |operation: &str, kind: Option<FailureKind>| {
        format!("{operation}, {}", kind.map_or("unclassified", FailureKind::as_str))
    };
    let Summary { would_retry, not_retried, would_open, would_reject, .. } = &mut *summary();
    let (counts, name) = match *event {
        Event::WouldRetry { operation, kind, .. } => (would_retry, by_kind(operation, kind)),
        Event::GaveUp { operation, kind, .. } => (not_retried, by_kind(operation, kind)),
        // The breaker changes its state, but rejects no call.
        Event::Transition { breaker, to: CircuitState::Open, .. } => {
            (would_open, breaker.to_owned())
        }
        Event::WouldReject { breaker, .. } => (would_reject, breaker.to_owned()),
        _ => return,
    };
    *counts.entry(name).or_default() += 1;
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    observe::add_listener(count)?;
    let mut answered = 0;
    for call in 1..=10 {
        // As without the library: one attempt per call, and its outcome.
        match invoice(call).await {
            Ok(cents) => {
                println!("call {call}: {cents} cents");
                answered += 1;
            }
            Err(error) => println!("call {call}: {error}"),
        }
    }

    let Summary { attempts, would_retry, not_retried, would_open, would_reject } = &*summary();
    println!("\n10 calls, {attempts} attempts, {answered} answered. `Enforce` would have");
    for (title, counts) in [
        ("retried", would_retry),
        ("not retried", not_retried),
        ("opened", would_open),
        ("rejected", would_reject),
    ] {
        for (name, count) in counts {
            println!("  {title:<12} {count} x {name}");
        }
    }

    let one = |name: &str, count| BTreeMap::from([(name.to_owned(), count)]);
    assert_eq!((*attempts, answered), (10, 4), "the calls are not changed");
    assert_eq!(*would_retry, one("invoice, unavailable", 5));
    assert_eq!(*not_retried, one("invoice, invalid_request", 1));
    // At the third consecutive failure, in call 6. Two of the four calls after it would have
    // succeeded: that is the price of a threshold of 3.
    assert_eq!(*would_open, one("billing", 1));
    assert_eq!(*would_reject, one("billing", 4));
    // The next step, in the running program: `BILLING.set_mode(Mode::Enforce)`.
    Ok(())
}
