//! Policies that are built at run time and break a rule. They retry with the nearest valid values
//! and are reported once.

mod common;

use std::future::ready;
use std::sync::{Mutex, Once};
use std::time::Duration;

use common::{Calls, Failed};
use retry_utils::observe::{self, Event};
use retry_utils::{
    CircuitBreaker, Jitter, Mode, RetryBudget, RetryConfig, STANDARD, async_retry, circuit_breaker,
};
use tokio::time::Instant;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

/// Returns policies that break a rule, each with the field and with the waits of the nearest valid
/// policy in seconds.
fn broken() -> [(RetryConfig, &'static str, &'static [u64]); 8] {
    let minute = Duration::from_secs(60);
    [
        (PLAIN.max_attempts(0), "max_attempts", &[]),
        (PLAIN.base_delay(minute), "max_delay", &[60, 60]),
        (PLAIN.max_delay(Duration::ZERO), "max_delay", &[1, 1]),
        (PLAIN.exponential_base(0.5), "exponential_base", &[1, 1]),
        (PLAIN.exponential_base(-2.0), "exponential_base", &[1, 1]),
        (PLAIN.exponential_base(f64::NAN), "exponential_base", &[1, 1]),
        (PLAIN.exponential_base(f64::INFINITY), "exponential_base", &[1, 10]),
        // The first broken rule is reported.
        (PLAIN.max_attempts(0).base_delay(minute).backoff(|_| Duration::ZERO), "max_attempts", &[]),
    ]
}

/// Returns the number of attempts with these waits between them.
fn attempts(waits: &[u64]) -> u32 {
    u32::try_from(waits.len()).unwrap() + 1
}

/// Returns the reported rules of an operation, and the numbers of attempts in other events.
fn reports(operation: &str) -> (Vec<&'static str>, Vec<u32>) {
    static HEARD: Mutex<Vec<(String, &str, u32)>> = Mutex::new(Vec::new());
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            let (operation, rule, most) = match event {
                Event::InvalidPolicy { operation, rule, .. } => (operation, *rule, 0),
                Event::RetryScheduled { operation, max_attempts, .. }
                | Event::WouldRetry { operation, max_attempts, .. }
                | Event::GaveUp { operation, max_attempts, .. } => (operation, "", *max_attempts),
                _ => return,
            };
            HEARD.lock().unwrap().push(((*operation).to_owned(), rule, most));
        })
        .unwrap();
    });
    let heard = HEARD.lock().unwrap();
    let of_operation = heard.iter().filter(|(name, ..)| name == operation);
    let (rules, others): (Vec<_>, Vec<_>) = of_operation.partition(|(_, rule, _)| !rule.is_empty());
    (
        rules.iter().map(|(_, rule, _)| *rule).collect(),
        others.iter().map(|(.., most)| *most).collect(),
    )
}

/// Makes two calls that fail, and returns how many attempts each makes in how many seconds.
async fn two_calls<F: Future<Output = Result<u32, Failed>>>(
    call: impl Fn(&'static Calls) -> F,
) -> [(u32, u64); 2] {
    let mut counted = [(0, 0); 2];
    for counted in &mut counted {
        let calls: &Calls = Box::leak(Box::default());
        let began = Instant::now();
        call(calls).await.unwrap_err();
        *counted = (calls.count(), began.elapsed().as_secs());
    }
    counted
}

fn fail(calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(u32::MAX)
}

#[tokio::test(start_paused = true)]
async fn a_run_retries_with_the_nearest_valid_values() {
    for (at, (policy, field, waits)) in broken().into_iter().enumerate() {
        reports("");
        let name = format!("run {at}");
        let made = attempts(waits);
        let expected = [(made, waits.iter().sum()); 2];
        let run = |calls| policy.run(move || ready(fail(calls))).name(name.clone());
        assert_eq!(two_calls(run).await, expected, "{policy:?}");
        let (rules, limits) = reports(&name);
        assert_eq!(rules, [field], "{policy:?}");
        assert!(limits.len() == 2 * made as usize && limits.iter().all(|most| *most == made));
        let delays: Vec<_> = policy.delays().map(|delay| delay.as_secs()).collect();
        assert_eq!(delays, waits);
    }
}

#[tokio::test(start_paused = true)]
async fn every_other_entry_point_does_so_too() {
    let policy = PLAIN.max_attempts(2).base_delay(Duration::from_secs(60));
    let run_mut = |calls| policy.run_mut(async move || fail(calls));
    assert_eq!(two_calls(run_mut).await, [(2, 60); 2]);

    reports("");
    for _ in 0..2 {
        let mut retries = policy.retries("retries of a broken policy");
        assert_eq!(retries.next(&common::TRANSIENT), Some(Duration::from_secs(60)));
        assert_eq!(retries.next(&common::TRANSIENT), None);
    }
    assert_eq!(reports("retries of a broken policy").0, ["max_delay"]);

    let none = PLAIN.max_attempts(0);
    let calls = Calls::new();
    none.run_blocking(|| fail(&calls)).name("blocking").call().unwrap_err();
    assert_eq!(calls.count(), 1);
    assert_eq!(reports("blocking"), (vec!["max_attempts"], vec![1]));
}

struct Client {
    retry: RetryConfig,
    budget: RetryBudget,
    breaker: CircuitBreaker,
}

impl Client {
    #[async_retry(self.retry)]
    async fn by_field(&self, calls: &Calls) -> Result<u32, Failed> {
        fail(calls)
    }

    #[async_retry(self.retry, budget = self.budget)]
    async fn with_a_budget(&self, calls: &Calls) -> Result<u32, Failed> {
        fail(calls)
    }

    #[async_retry(self.retry, max_attempts = 3)]
    async fn with_an_override(&self, calls: &Calls) -> Result<u32, Failed> {
        fail(calls)
    }

    #[circuit_breaker(self.breaker)]
    #[async_retry(self.retry, total_timeout = Duration::from_secs(1000))]
    async fn behind_a_breaker(&self, calls: &Calls) -> Result<u32, Failed> {
        fail(calls)
    }
}

#[tokio::test(start_paused = true)]
async fn an_attribute_does_so_too() {
    static UNUSED: RetryBudget = RetryBudget::new();
    reports("");
    for (policy, field, waits) in broken() {
        let client: &Client = Box::leak(Box::new(Client {
            retry: policy.clone().budget(&UNUSED),
            budget: RetryBudget::new().burst(1000).initial(1000),
            breaker: CircuitBreaker::new("of a broken policy").failure_threshold(1000),
        }));
        let expected = [(attempts(waits), waits.iter().sum::<u64>()); 2];
        assert_eq!(two_calls(|calls| client.by_field(calls)).await, expected, "{field}");
        assert_eq!(two_calls(|calls| client.with_a_budget(calls)).await, expected, "{field}");
        assert_eq!(two_calls(|calls| client.behind_a_breaker(calls)).await, expected, "{field}");
        let [(made, _), _] = two_calls(|calls| client.with_an_override(calls)).await;
        assert_eq!(made, 3, "{field}");
    }
    // Once per call site, even if later policies break other rules. The same holds for the budget.
    let of = |method| reports(&format!("invalid_policy::Client::{method}")).0;
    assert_eq!(of("by_field"), ["max_attempts", "budget"]);
    assert_eq!(of("with_a_budget"), ["max_attempts"]);
    assert_eq!(of("with_an_override"), ["budget", "max_delay"]);
    assert_eq!(of("behind_a_breaker"), ["max_attempts", "budget"]);
}

/// The presets do not test this, because their base is below their maximum.
#[tokio::test(start_paused = true)]
async fn a_base_above_the_default_maximum_is_waited_for() {
    #[async_retry(policy)]
    async fn deliver(policy: &RetryConfig, calls: &Calls) -> Result<u32, Failed> {
        fail(calls)
    }

    for seconds in [1, 10, 11, 60, 100_000] {
        let policy = PLAIN.max_attempts(2).base_delay(Duration::from_secs(seconds));
        let (calls, began) = (Calls::new(), Instant::now());
        deliver(&policy, &calls).await.unwrap_err();
        assert_eq!((calls.count(), began.elapsed().as_secs()), (2, seconds));
    }
}

#[tokio::test(start_paused = true)]
async fn mode_off_reports_nothing_and_mode_observe_does() {
    let policy = PLAIN.base_delay(Duration::from_secs(60));
    reports("");
    for (mode, name, rules) in
        [(Mode::Off, "off", &[][..]), (Mode::Observe, "observed", &["max_delay"])]
    {
        let policy = policy.clone().mode(mode);
        let run = |calls| policy.run(move || ready(fail(calls))).name(name);
        assert_eq!(two_calls(run).await, [(1, 0); 2]);
        assert_eq!(reports(name).0, rules);
    }
}
