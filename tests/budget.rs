//! Retry budgets of the attribute, of a policy and of a run.

#![allow(clippy::float_cmp)] // A balance is exact to the thousandth.

mod common;

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use retry_utils::observe::{Event, Reason};
use retry_utils::{
    CircuitBreaker, FailureKind, Jitter, Mode, RetryBudget, RetryBudgets, RetryConfig, STANDARD,
    async_retry, circuit_breaker, registry,
};

const FAST: RetryConfig =
    STANDARD.jitter(Jitter::None).base_delay(Duration::ZERO).max_delay(Duration::ZERO);

/// Returns a budget that gets half a token per call and starts empty.
const fn half() -> RetryBudget {
    RetryBudget::new().ratio(0.5).burst(10).initial(0)
}

/// Makes these calls, which fail in every attempt or in none. Returns their numbers of attempts.
macro_rules! attempts {
    ($call:expr, $($fails:literal),*) => {{
        let mut attempts = Vec::new();
        $(
            let calls = Calls::new();
            let _ = $call(&calls, if $fails { u32::MAX } else { 0 }).await;
            attempts.push(calls.count());
        )*
        attempts
    }};
}

#[tokio::test]
async fn a_key_of_the_attribute_bounds_retries() {
    static BUDGET: RetryBudget = half();

    #[async_retry(FAST, budget = BUDGET)]
    async fn call(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    // The balance at each failing call: 0.5, no retry; 1.0, one retry; 0.5, no retry; and after
    // three successes 2.5, two retries.
    assert_eq!(attempts!(call, true, true, true, false, false, false, true), [1, 2, 1, 1, 1, 1, 3]);
    assert_eq!(BUDGET.balance(), 0.5);
}

#[tokio::test]
async fn a_policy_brings_its_budget() {
    static BUDGET: RetryBudget = half();
    static STATIC: RetryBudget = half();
    const POLICY: RetryConfig = FAST.budget(&BUDGET);
    static OF_STATIC: RetryConfig = FAST.budget(&STATIC);

    #[async_retry(POLICY)]
    async fn by_constant(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(OF_STATIC)]
    async fn by_static(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(POLICY, max_attempts = 2)]
    async fn changed(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    assert_eq!(attempts!(by_constant, true, true, false, true), [1, 2, 1, 2]);
    assert_eq!(attempts!(by_static, true, true, false, true), [1, 2, 1, 2]);
    assert_eq!(attempts!(changed, true, true, false, true), [1, 2, 1, 2]);
}

#[tokio::test]
async fn the_key_replaces_the_budget_of_the_policy() {
    static OF_POLICY: RetryBudget = half();
    static OF_KEY: RetryBudget = half();
    const POLICY: RetryConfig = FAST.budget(&OF_POLICY);

    #[async_retry(POLICY, budget = OF_KEY)]
    async fn call(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    assert_eq!(attempts!(call, true, true), [1, 2]);
    assert_eq!((OF_POLICY.balance(), OF_KEY.balance()), (0.0, 0.0));
}

struct Client {
    retry: RetryConfig,
    budget: RetryBudget,
}

impl Client {
    const POLICY: RetryConfig = FAST.budget(&ASSOCIATED);

    #[async_retry(self.retry, name = "budget::by_field")]
    async fn by_field(&mut self, calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(FAST, budget = self.budget)]
    async fn own(&mut self, calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(Self::POLICY)]
    async fn associated(&self, calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(Self::POLICY, max_attempts = 2)]
    async fn associated_and_changed(&self, calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }
}

static ASSOCIATED: RetryBudget = half();

#[tokio::test]
async fn a_client_may_own_a_budget() {
    let mut client = Client { retry: FAST, budget: half() };
    let mut attempts = Vec::new();
    for fails in [true, true, false, true] {
        let calls = Calls::new();
        let _ = client.own(&calls, if fails { u32::MAX } else { 0 }).await;
        attempts.push(calls.count());
    }
    assert_eq!(attempts, [1, 2, 1, 2]);
    let associated = |calls, failures| client.associated(calls, failures);
    assert_eq!(attempts!(associated, true, true, false, true), [1, 2, 1, 2]);
    let associated = |calls, failures| client.associated_and_changed(calls, failures);
    assert_eq!(attempts!(associated, true, true, false, true), [1, 2, 1, 2]);
}

/// Such a policy is evaluated after failures only. Its budget would get no deposits from successful
/// calls and run dry.
#[tokio::test]
async fn the_budget_of_an_evaluated_policy_is_not_used_and_reported_once() {
    static BUDGET: RetryBudget = half();

    #[async_retry(FAST.budget(&BUDGET), max_attempts = 3, name = "budget::by_call")]
    async fn by_call(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    let reports = Reports::start();
    let mut client = Client { retry: FAST.budget(&BUDGET), budget: half() };
    for _ in 0..2 {
        let calls = Calls::new();
        client.by_field(&calls, u32::MAX).await.unwrap_err();
        assert_eq!(calls.count(), 3);
    }
    assert_eq!(attempts!(by_call, true, false, true), [3, 1, 3]);
    assert_eq!(BUDGET.balance(), 0.0);
    assert_eq!(reports.of("budget::by_field"), ["budget"]);
    assert_eq!(reports.of("budget::by_call"), ["budget"]);
}

/// `Mode::Off` reports nothing, and the key `budget` replaces the budget of the policy.
#[tokio::test]
async fn a_budget_that_is_switched_off_or_replaced_is_not_reported() {
    static BUDGET: RetryBudget = half();
    static OWN: RetryBudget = RetryBudget::new();

    #[async_retry(FAST.budget(&BUDGET), mode = Mode::Off, name = "budget::off")]
    async fn off(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(FAST.budget(&BUDGET), budget = OWN, name = "budget::replaced")]
    async fn replaced(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    let reports = Reports::start();
    assert_eq!(attempts!(off, true), [1]);
    assert_eq!(attempts!(replaced, true), [3]);
    assert_eq!(reports.of("budget::off"), [""; 0]);
    assert_eq!(reports.of("budget::replaced"), [""; 0]);
}

/// The reported `Event::InvalidPolicy`, each as operation and rule.
struct Reports(Arc<Mutex<Vec<(String, &'static str)>>>);

impl Reports {
    fn start() -> Self {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&reports);
        retry_utils::observe::add_listener(move |event: &Event<'_>| {
            if let Event::InvalidPolicy { operation, rule, .. } = event {
                log.lock().unwrap().push(((*operation).to_owned(), *rule));
            }
        })
        .unwrap();
        Self(reports)
    }

    fn of(&self, operation: &str) -> Vec<&'static str> {
        let reports = self.0.lock().unwrap();
        reports.iter().filter(|(name, _)| name == operation).map(|(_, rule)| *rule).collect()
    }
}

#[tokio::test]
async fn an_expression_without_a_budget_is_evaluated_after_failures_alone() {
    fn policy(evaluated: &Mutex<u32>) -> RetryConfig {
        *evaluated.lock().unwrap() += 1;
        FAST
    }

    #[async_retry(policy(evaluated))]
    async fn call(calls: &Calls, failures: u32, evaluated: &Mutex<u32>) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    let evaluated = Mutex::new(0);
    for failures in [0, 2, 0] {
        call(&Calls::new(), failures, &evaluated).await.unwrap();
    }
    assert_eq!(*evaluated.lock().unwrap(), 2);
}

#[tokio::test]
async fn each_host_has_a_budget() {
    static HOSTS: RetryBudgets = RetryBudgets::new().ratio(0.0).burst(1);

    #[async_retry(FAST, budget = HOSTS.for_key(host))]
    async fn call(host: &str, calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(u32::MAX)
    }

    let mut attempts = Vec::new();
    for host in ["a", "a", "b"] {
        let calls = Calls::new();
        call(host, &calls).await.unwrap_err();
        attempts.push(calls.count());
    }
    assert_eq!(attempts, [2, 1, 2]);
}

#[tokio::test]
async fn a_run_uses_its_own_budget_or_that_of_the_policy() {
    static OF_POLICY: RetryBudget = half();
    let own = half();
    let policy = FAST.budget(&OF_POLICY);
    let mut attempts = [Vec::new(), Vec::new()];
    for fails in [true, true, false, true] {
        let failures = if fails { u32::MAX } else { 0 };
        let calls = [Calls::new(), Calls::new()];
        let call = |at: usize| std::future::ready(calls[at].fail_first(failures));
        let _ = policy.run(|| call(0)).await;
        let _ = policy.run(|| call(1)).budget(&own).await;
        attempts[0].push(calls[0].count());
        attempts[1].push(calls[1].count());
    }
    assert_eq!(attempts, [[1, 2, 1, 2], [1, 2, 1, 2]]);
    assert_eq!((OF_POLICY.balance(), own.balance()), (0.0, 0.0));
}

#[tokio::test]
async fn the_caller_gets_its_error_and_an_event_says_why() {
    static EMPTY: RetryBudget = RetryBudget::new().ratio(0.0).initial(0);

    #[async_retry(FAST, budget = EMPTY, name = "budget::empty")]
    async fn call(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    retry_utils::observe::add_listener(move |event: &Event<'_>| {
        if let Event::GaveUp { operation: "budget::empty", attempt, reason, .. } = event {
            log.lock().unwrap().push((*attempt, *reason));
        }
    })
    .unwrap();
    let calls = Calls::new();
    assert!(matches!(call(&calls, 1).await, Err(Failed::Kind(FailureKind::Unavailable))));
    assert_eq!(*heard.lock().unwrap(), [(1, Reason::BudgetExhausted)]);
    assert_eq!(Reason::BudgetExhausted.to_string(), "budget_exhausted");
}

#[tokio::test(start_paused = true)]
async fn no_token_is_spent_on_a_retry_that_cannot_happen() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).burst(5);
    const POLICY: RetryConfig = FAST.budget(&BUDGET);

    let permanent = || std::future::ready(Err::<(), _>(PERMANENT));
    let transient = || std::future::ready(Err::<(), _>(TRANSIENT));
    POLICY.run(permanent).await.unwrap_err();
    POLICY.max_attempts(1).run(transient).await.unwrap_err();
    POLICY.mode(Mode::Observe).run(transient).await.unwrap_err();
    POLICY.mode(Mode::Off).run(transient).await.unwrap_err();
    POLICY.max_attempts(0).run(transient).await.unwrap_err();
    let long = |_: &Failed| Some(Duration::MAX);
    POLICY.run(transient).retry_after(long).await.unwrap_err();
    assert_eq!(BUDGET.balance(), 5.0);
    POLICY.run(transient).await.unwrap_err();
    assert_eq!(BUDGET.balance(), 3.0);
}

#[tokio::test]
async fn a_call_that_is_dropped_has_made_its_deposit() {
    static BUDGET: RetryBudget = half();

    #[async_retry(FAST, budget = BUDGET)]
    async fn hangs() -> Result<u32, Failed> {
        std::future::pending().await
    }

    let _ = tokio::time::timeout(Duration::ZERO, hangs()).await;
    assert_eq!(BUDGET.balance(), 0.5);
}

#[tokio::test]
async fn configuration_by_name_leaves_the_budget() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).burst(1);

    #[async_retry(FAST, budget = BUDGET, name = "budget::configured")]
    async fn call(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    let five = registry::OperationOverride::new().max_attempts(5);
    registry::configure(registry::Overrides::new().operation("budget::configured", five)).unwrap();
    assert_eq!(attempts!(call, true), [2]);
}

#[tokio::test]
async fn a_budget_works_with_all_other_keys() {
    static BUDGET: RetryBudget = half();
    static BREAKER: CircuitBreaker = CircuitBreaker::new("budget/above").failure_threshold(100);

    #[circuit_breaker(BREAKER)]
    #[async_retry(
        FAST,
        budget = BUDGET,
        attempt_timeout = "10s",
        total_timeout = "1m",
        retry_if = |_| true,
        on_retry = |_| {},
        attempt = attempt,
        span,
    )]
    async fn call(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        assert!(attempt > 0);
        calls.fail_first(failures)
    }

    #[async_retry(FAST, budget = BUDGET, retry_if_ok = |value| *value > 0)]
    async fn unsatisfied(calls: &Calls, _failures: u32) -> Result<u32, Failed> {
        Ok(calls.next())
    }

    #[async_retry(AND_AN_OVERRIDE, max_attempts = 2, on_retry = |_| {})]
    async fn of_policy(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    const AND_AN_OVERRIDE: RetryConfig = FAST.budget(&BUDGET);

    assert_eq!(attempts!(call, true, true, false, true), [1, 2, 1, 2]);
    assert_eq!(attempts!(unsatisfied, true, true), [1, 2]);
    assert_eq!(attempts!(of_policy, true, true), [1, 2]);
}

/// The key takes everything that implements `Borrow<RetryBudget>`, and the future stays `Send`.
#[tokio::test]
async fn the_key_takes_everything_that_borrows_as_a_budget() {
    static BUDGET: RetryBudget = RetryBudget::new().ratio(0.0).burst(100);
    static LAZY: LazyLock<RetryBudget> = LazyLock::new(|| RetryBudget::new().ratio(0.0).initial(0));
    const BORROWED: &RetryBudget = &BUDGET;

    struct Holder<T> {
        budget: Arc<RetryBudget>,
        value: T,
    }

    impl<T: Clone + Send + Sync> Holder<T> {
        const OWN: &'static RetryBudget = &BUDGET;

        #[async_retry(FAST, budget = self.budget)]
        async fn shared(&self) -> Result<T, Failed> {
            let _ = self.value.clone();
            Err(TRANSIENT)
        }

        #[async_retry(FAST, budget = Self::OWN)]
        async fn associated(&self) -> Result<T, Failed> {
            let _ = self.value.clone();
            Err(TRANSIENT)
        }
    }

    #[async_retry(FAST, budget = budget)]
    async fn given(calls: &Calls, budget: &RetryBudget) -> Result<u32, Failed> {
        calls.fail_first(u32::MAX)
    }

    #[async_retry(FAST, budget = LAZY)]
    async fn lazy(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(u32::MAX)
    }

    #[async_retry(FAST, budget = BORROWED)]
    async fn borrowed(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(u32::MAX)
    }

    #[async_trait::async_trait]
    trait Client {
        async fn call(&mut self, calls: &Calls) -> Result<u32, Failed>;
    }

    #[async_trait::async_trait]
    impl Client for Holder<u32> {
        #[async_retry(FAST, budget = self.budget)]
        async fn call(&mut self, calls: &Calls) -> Result<u32, Failed> {
            calls.fail_first(u32::MAX)
        }
    }

    fn sent<F: Future + Send>(future: F) -> F {
        future
    }

    let empty = || RetryBudget::new().ratio(0.0).initial(0);
    let mut holder = Holder { budget: Arc::new(empty()), value: 7 };
    let calls = Calls::new();
    let own = empty();
    let _ = sent(holder.shared()).await;
    let _ = sent(given(&calls, &own)).await;
    let _ = sent(lazy(&calls)).await;
    let _ = sent(holder.call(&calls)).await;
    assert_eq!(calls.count(), 3, "none of these may be retried");
    assert_eq!(BUDGET.balance(), 100.0);
    let _ = sent(holder.associated()).await;
    let _ = sent(borrowed(&calls)).await;
    assert_eq!(BUDGET.balance(), 96.0);
}

/// Both expressions may use the number of the attempt, in the first attempt too.
#[tokio::test]
async fn policy_and_budget_may_use_the_number_of_the_attempt() {
    static NUMBERS: RetryBudgets = RetryBudgets::new().ratio(0.0).burst(1);

    fn policy(attempt: u32) -> RetryConfig {
        FAST.max_attempts(2 + u32::from(attempt == 0))
    }

    #[async_retry(policy(n), attempt = n)]
    async fn by_policy(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(FAST, budget = NUMBERS.for_key(n.to_string()), attempt = n)]
    async fn by_budget(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    assert_eq!(attempts!(by_policy, true, false), [2, 1]);
    // There is one token for the failure of attempt 1, and one for that of attempt 2.
    assert_eq!(attempts!(by_budget, true, true), [3, 1]);
}

fn is_listed(name: &str) -> bool {
    registry::budgets().iter().any(|snapshot| snapshot.name == name)
}

/// A path names a budget that lives forever, so its first withdrawal lists it. A budget that is
/// borrowed for the call may be dropped with it.
#[tokio::test]
async fn a_budget_that_is_named_by_a_path_is_listed_by_its_first_withdrawal() {
    static PATH: RetryBudget = RetryBudget::new().name("listed/path");
    static LAZY: LazyLock<RetryBudget> =
        LazyLock::new(|| RetryBudget::new().name("listed/lazy").burst(3));
    static OF_POLICY: RetryBudget = RetryBudget::new().name("listed/policy");
    static REPLACED: RetryBudget = RetryBudget::new().name("listed/replaced");
    const POLICY: RetryConfig = FAST.budget(&OF_POLICY);
    const OTHER: RetryConfig = FAST.budget(&REPLACED);

    #[async_retry(FAST, budget = PATH)]
    async fn path(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(OTHER, budget = LAZY)]
    async fn lazy(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    #[async_retry(POLICY)]
    async fn of_policy(calls: &Calls, failures: u32) -> Result<u32, Failed> {
        calls.fail_first(failures)
    }

    let names = ["listed/path", "listed/lazy", "listed/policy"];
    assert_eq!(attempts!(path, false), [1]);
    assert_eq!(attempts!(lazy, false), [1]);
    assert_eq!(attempts!(of_policy, false), [1]);
    assert_eq!(names.map(is_listed), [false; 3]);
    assert_eq!(attempts!(path, true), [3]);
    assert_eq!(attempts!(lazy, true), [3]);
    assert_eq!(attempts!(of_policy, true), [3]);
    assert_eq!(names.map(is_listed), [true; 3]);

    let mut client =
        Client { retry: FAST, budget: RetryBudget::new().name("listed/field").burst(1) };
    client.own(&Calls::new(), u32::MAX).await.unwrap_err();
    assert_eq!(client.budget.balance(), 0.0);
    assert!(!is_listed("listed/field") && !is_listed("listed/replaced"));
}
