//! Retries of calls that fail at random. Each client has a token bucket, a breaker, or neither. The
//! model is that of Marc Brooker's "Fixing retries with token buckets and circuit breakers" (2022).

use std::time::Duration;

use retry_utils::simulation::{Breaker, Next, Random, Series};
use retry_utils::{CircuitBreaker, FailureKind, RetryBudget, RetryConfig, Window};

/// The limit on the retries of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    None,
    Bucket,
    Breaker,
}

impl Bound {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "unlimited retries",
            Self::Bucket => "a bucket each",
            Self::Breaker => "a breaker each",
        }
    }
}

/// The clients. All of them call during the same time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clients {
    pub(crate) number: usize,
    /// Calls of each client.
    pub(crate) per_second: f64,
}

/// The results over all calls.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) success: f64,
    /// Attempts per call.
    pub(crate) amplification: f64,
}

const SECONDS: f64 = 50.0;

pub(crate) fn run(
    clients: Clients,
    failing: f64,
    bound: Bound,
    policy: &RetryConfig,
    seed: u64,
) -> Share {
    let mut random = Random::new(seed);
    let calls = (clients.per_second * SECONDS) as u32;
    let (mut succeeded, mut attempts) = (0_u32, 0_u32);
    for _ in 0..clients.number {
        let budget = (bound == Bound::Bucket).then(|| RetryBudget::new().ratio(0.1).burst(10));
        let breaker = (bound == Bound::Breaker).then(|| {
            Breaker::new(
                CircuitBreaker::new("retries")
                    .failure_rate(0.1, 10, Window::calls(100))
                    .recovery_timeout(Duration::from_secs(5)),
            )
        });
        for call in 0..calls {
            let now = Duration::from_secs_f64(f64::from(call) / clients.per_second);
            let mut series = Series::begin(budget.as_ref());
            let mut ticket = breaker.as_ref().and_then(|breaker| breaker.admit(now));
            loop {
                attempts += 1;
                let failed = random.unit() < failing;
                let kind = failed.then_some(FailureKind::Unavailable);
                if let (Some(breaker), Some(ticket)) = (&breaker, ticket) {
                    breaker.settle(ticket, kind, now);
                }
                let Some(kind) = kind else {
                    succeeded += 1;
                    break;
                };
                if breaker.is_some() {
                    ticket = breaker.as_ref().and_then(|breaker| breaker.admit(now));
                    if ticket.is_none() {
                        break;
                    }
                }
                match series.failed(policy, kind, None, budget.as_ref(), now, &mut random) {
                    Next::Retry(_) => {}
                    _ => break,
                }
            }
        }
    }
    let total = f64::from(calls) * clients.number as f64;
    Share { success: f64::from(succeeded) / total, amplification: f64::from(attempts) / total }
}
