//! `Retries`, the decisions of a retry sequence without its loop, alone and compared with `run`.

mod common;

use std::mem;
use std::sync::{Mutex, Once};
use std::time::Duration;

use common::{Failed, PERMANENT, TRANSIENT};
use proptest::prelude::*;
use retry_utils::observe::{self, Event};
use retry_utils::registry::{self, OperationOverride, Overrides};
use retry_utils::{
    FailureKind, FailureKinds, Jitter, Mode, Retries, RetryBudget, RetryConfig, RetryHint, STANDARD,
};
use tokio::time::advance;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

/// Returns the events of an operation since the last call, without its name.
fn events(operation: &str) -> Vec<String> {
    static HEARD: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            let (Event::RetryScheduled { operation, .. }
            | Event::WouldRetry { operation, .. }
            | Event::GaveUp { operation, .. }) = event
            else {
                return;
            };
            let text = format!("{event:?}").replace(operation, "_");
            HEARD.lock().unwrap().push(((*operation).to_owned(), text));
        })
        .unwrap();
    });
    let mut heard = HEARD.lock().unwrap();
    let all = mem::take(&mut *heard);
    let (found, others): (Vec<_>, _) = all.into_iter().partition(|(name, _)| name == operation);
    *heard = others;
    found.into_iter().map(|(_, text)| text).collect()
}

fn failures() -> impl Strategy<Value = Vec<(FailureKind, RetryHint)>> {
    let kinds = [
        FailureKind::Timeout,
        FailureKind::Connection,
        FailureKind::Unavailable,
        FailureKind::RateLimited,
        FailureKind::InvalidRequest,
        FailureKind::CircuitOpen,
    ];
    let kind = prop::sample::select(kinds.to_vec());
    let wait = || (0..90_u64).prop_map(Duration::from_secs);
    let hint = prop_oneof![
        8 => Just(RetryHint::None),
        3 => wait().prop_map(RetryHint::AtLeast),
        3 => wait().prop_map(RetryHint::Soft),
        1 => Just(RetryHint::Never),
    ];
    prop::collection::vec((kind, hint), 1..6)
}

fn policies() -> impl Strategy<Value = RetryConfig> {
    let kinds =
        [FailureKinds::TRANSIENT, FailureKinds::ALL, FailureKinds::of(FailureKind::Timeout)];
    let modes = [Mode::Enforce, Mode::Enforce, Mode::Enforce, Mode::Observe, Mode::Off];
    (
        0..6_u32,
        0..3_u64,
        0..20_u64,
        prop::sample::select(kinds.to_vec()),
        prop::sample::select(modes.to_vec()),
    )
        .prop_map(|(attempts, base, max, kinds, mode)| {
            PLAIN
                .max_attempts(attempts)
                .base_delay(Duration::from_secs(base))
                .max_delay(Duration::from_secs(max))
                .retry_on(kinds)
                .mode(mode)
        })
}

/// An error of any kind, with any hint.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{kind}")]
struct Any {
    kind: FailureKind,
    hint: RetryHint,
}

impl retry_utils::Retryable for Any {
    fn failure_kind(&self) -> FailureKind {
        self.kind
    }

    fn retry_hint(&self) -> RetryHint {
        self.hint
    }
}

impl From<retry_utils::TimedOut> for Any {
    fn from(_: retry_utils::TimedOut) -> Self {
        unreachable!("attempts take no time")
    }
}

/// Makes the attempts of a retry sequence with its waits. Returns the waits.
async fn by_hand(mut retries: Retries, failures: &[Any]) -> Vec<Duration> {
    let mut waits = Vec::new();
    for error in failures {
        let Some(wait) = retries.next(error) else { break };
        waits.push(wait);
        tokio::time::sleep(wait).await;
    }
    waits
}

proptest! {
    /// The same policy, failures, deadline, budget and settings by name lead to the same waits and
    /// events.
    #[test]
    fn waits_and_events_are_those_of_run(
        policy in policies(),
        failures in failures(),
        total in prop::option::of(0..40_u64),
        tokens in prop::option::of(0..4_u32),
        attempts in prop::option::of(1..5_u32),
    ) {
        let failures: Vec<_> = failures
            .into_iter()
            .map(|(kind, hint)| Any { kind, hint })
            .collect();
        let budget = || -> Option<&'static RetryBudget> {
            tokens.map(|tokens| &*Box::leak(Box::new(RetryBudget::new().ratio(0.5).initial(tokens))))
        };
        let mut overrides = Overrides::new();
        if let Some(attempts) = attempts {
            let to = OperationOverride::new().max_attempts(attempts);
            overrides = overrides.operation("retries::run", to).operation("retries::hand", to);
        }
        registry::configure(overrides).unwrap();
        events("none");

        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (by_run, by_hand, balances) = runtime.block_on(async {
            let (of_run, of_hand) = (budget(), budget());
            let mut left = failures.iter();
            let mut run_policy = policy.clone();
            run_policy.budget = of_run;
            let mut waits = Vec::new();
            let mut before = tokio::time::Instant::now();
            let attempt = || {
                let now = tokio::time::Instant::now();
                waits.push(now - before);
                before = now;
                std::future::ready(left.next().map_or(Ok(()), |error| Err(*error)))
            };
            let run = run_policy.run(attempt).name("retries::run");
            let _ = match total {
                Some(total) => run.total_timeout(Duration::from_secs(total)).await,
                None => run.await,
            };
            let mut retries = policy.retries("retries::hand");
            if let Some(total) = total {
                retries = retries.total_timeout(Duration::from_secs(total));
            }
            if let Some(budget) = of_hand {
                retries = retries.budget(budget);
            }
            let by_hand = by_hand(retries, &failures).await;
            (waits.split_off(1), by_hand, (of_run.map(RetryBudget::balance), of_hand.map(RetryBudget::balance)))
        });
        prop_assert_eq!(by_run, by_hand);
        prop_assert_eq!(balances.0, balances.1);
        prop_assert_eq!(events("retries::run"), events("retries::hand"));
    }

    #[test]
    fn decorrelated_jitter_remembers_the_wait_before(base in 1..1000_u64) {
        let base = Duration::from_millis(base);
        let policy = STANDARD
            .jitter(Jitter::Decorrelated)
            .base_delay(base)
            .max_delay(Duration::from_secs(3600))
            .max_attempts(20);
        let mut retries = policy.retries("retries::decorrelated");
        let mut previous = base;
        while let Some(wait) = retries.next(&TRANSIENT) {
            prop_assert!(base <= wait && wait <= previous * 3, "{wait:?} after {previous:?}");
            previous = wait;
        }
    }
}

#[test]
fn a_sequence_that_is_over_stays_over() {
    events("none");
    let mut retries = PLAIN.max_attempts(2).retries("retries::over");
    assert_eq!((retries.attempt(), retries.is_over()), (1, false));
    assert_eq!(retries.next(&TRANSIENT), Some(Duration::from_secs(1)));
    assert_eq!((retries.attempt(), retries.is_over()), (2, false));
    assert_eq!(retries.next(&TRANSIENT), None);
    assert_eq!((retries.attempt(), retries.is_over()), (2, true));
    assert_eq!(events("retries::over").len(), 2);
    assert_eq!(retries.next(&TRANSIENT), None);
    assert_eq!((retries.attempt(), retries.is_over()), (2, true));
    assert_eq!(events("retries::over"), [""; 0]);

    let mut retries = PLAIN.retries("retries::permanent");
    assert_eq!(retries.next(&PERMANENT), None);
    assert_eq!(retries.next(&TRANSIENT), None);
    assert_eq!(events("retries::permanent").len(), 1);
}

#[test]
fn a_value_is_a_failure_too() {
    let mut retries = PLAIN.retries(format!("retries::{}", "value"));
    let hint = Some(Duration::from_secs(30));
    assert_eq!(retries.next_failure(FailureKind::RateLimited, hint), hint);
    assert_eq!(retries.next_failure(FailureKind::Unavailable, None), Some(Duration::from_secs(2)));
    let soft = RetryHint::Soft(Duration::from_secs(30));
    let mut retries = PLAIN.retries("retries::soft");
    assert_eq!(retries.next_failure(FailureKind::RateLimited, soft), Some(PLAIN.max_delay));
    assert_eq!(retries.next_failure(FailureKind::RateLimited, RetryHint::Never), None);
    let mut retries = PLAIN.retries("retries::hint");
    assert_eq!(retries.next(&Failed::SlowDown(Duration::from_secs(61))), None);
}

#[tokio::test(start_paused = true)]
async fn the_total_timeout_runs_from_where_it_is_set() {
    const AT_ONCE: RetryConfig =
        PLAIN.base_delay(Duration::ZERO).max_delay(Duration::ZERO).max_attempts(u32::MAX);
    let mut retries = AT_ONCE.retries("retries::total").total_timeout(Duration::from_secs(1));
    assert_eq!(retries.next(&TRANSIENT), Some(Duration::ZERO));
    advance(Duration::from_millis(999)).await;
    assert_eq!(retries.next(&TRANSIENT), Some(Duration::ZERO));
    advance(Duration::from_millis(1)).await;
    assert_eq!(retries.next(&TRANSIENT), None, "no time is left for an attempt");
}

#[test]
fn a_sequence_makes_one_deposit_when_it_begins() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(1.0).initial(0);
    static OTHER: RetryBudget = RetryBudget::new().ratio(1.0).initial(0);
    let mut retries = PLAIN.budget(&BUDGET).retries("retries::deposit");
    assert!((BUDGET.balance() - 1.0).abs() < f64::EPSILON);
    let mut clone = retries.clone();
    assert!((BUDGET.balance() - 1.0).abs() < f64::EPSILON);
    assert!(retries.next(&TRANSIENT).is_some());
    assert_eq!(clone.next(&TRANSIENT), None, "the token is spent");
    let mut other = PLAIN.retries("retries::other").budget(&OTHER);
    assert!((OTHER.balance() - 1.0).abs() < f64::EPSILON);
    assert!(other.next(&TRANSIENT).is_some());
}

#[test]
fn clones_continue_independently() {
    let mut retries = PLAIN.retries("retries::clones");
    assert_eq!(retries.next(&TRANSIENT), Some(Duration::from_secs(1)));
    let mut clone = retries.clone();
    for retries in [&mut retries, &mut clone] {
        assert_eq!(retries.next(&TRANSIENT), Some(Duration::from_secs(2)));
        assert_eq!(retries.next(&TRANSIENT), None);
    }
}

#[test]
fn retries_can_be_stored_and_sent_anywhere() {
    fn is_anything<T: Clone + Send + Sync + Unpin + 'static>(_: &T) {}
    is_anything(&PLAIN.retries("retries::send"));
    let error: Box<dyn std::error::Error> = Box::new(std::io::Error::other("who knows"));
    assert_eq!(PLAIN.retries("retries::dyn").next(&*error), None);
}
