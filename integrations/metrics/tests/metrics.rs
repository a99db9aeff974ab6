//! Tests of each metric's name and labels, which are a stable contract.

use std::future::ready;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics::LocalRecorderGuard;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use retry_utils::observe::{self, metrics as ours};
use retry_utils::{
    CircuitBreaker, CircuitBreakers, Jitter, Mode, Permit, RetryBudget, RetryConfig, STANDARD,
    registry,
};
use tokio::time::advance;

const POLICY: RetryConfig = STANDARD.jitter(Jitter::None);

/// The default `recovery_timeout`.
const RECOVERY: Duration = Duration::from_secs(60);

fn acquire(breaker: &CircuitBreaker) -> Permit<'_> {
    breaker.try_acquire().expect("admitted")
}

fn fail(breaker: &CircuitBreaker, times: u32) {
    for _ in 0..times {
        acquire(breaker).failure();
    }
}

/// The metrics recorded on this thread, which also runs the test's runtime.
struct Recorded {
    handle: PrometheusHandle,
    _here: LocalRecorderGuard<'static>,
}

impl Recorded {
    fn start() -> Self {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(
                Matcher::Suffix("retry_delay_seconds".to_owned()),
                &ours::DELAY_BUCKETS,
            )
            .unwrap()
            .build_recorder();
        let handle = recorder.handle();
        let recorder: &'static _ = Box::leak(Box::new(recorder));
        Self { handle, _here: metrics::set_default_local_recorder(recorder) }
    }

    /// Returns the lines of one metric, sorted by their labels.
    fn lines(&self, metric: &str) -> Vec<String> {
        let page = self.handle.render();
        let mut lines: Vec<_> = page
            .lines()
            .filter(|line| line.split(['{', ' ']).next() == Some(metric))
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    }

    fn holds(&self, line: &str) {
        let metric = line.split(['{', ' ']).next().unwrap_or_default();
        let lines = self.lines(metric);
        assert!(lines.iter().any(|found| found == line), "{line} is not among {lines:#?}");
    }
}

/// Fails the given number of times, then succeeds.
async fn call(policy: &RetryConfig, name: &str, failures: u32, kind: ErrorKind) -> io::Result<()> {
    let mut left = failures;
    policy
        .run(|| {
            let fails = left > 0;
            left = left.saturating_sub(1);
            ready(if fails { Err(kind.into()) } else { Ok(()) })
        })
        .name(name)
        .await
}

#[tokio::test(start_paused = true)]
async fn a_name_is_a_label_without_control_characters() {
    let recorded = Recorded::start();
    call(&POLICY, "a\u{1b}[31m\u{202e}b\n", 1, ErrorKind::ConnectionReset).await.unwrap();
    recorded.holds(
        r#"retry_utils_retries_total{operation="a\\u{1b}[31m\\u{202e}b\\n",kind="transient"} 1"#,
    );
}

#[tokio::test(start_paused = true)]
async fn retries_count_the_extra_attempts_and_the_calls_that_had_them() {
    let recorded = Recorded::start();
    call(&POLICY, "twice", 2, ErrorKind::TimedOut).await.unwrap();
    call(&POLICY, "twice", 1, ErrorKind::ConnectionRefused).await.unwrap();
    call(&POLICY, "twice", 0, ErrorKind::TimedOut).await.unwrap();
    assert_eq!(
        recorded.lines("retry_utils_retries_total"),
        [
            r#"retry_utils_retries_total{operation="twice",kind="connection"} 1"#,
            r#"retry_utils_retries_total{operation="twice",kind="timeout"} 2"#,
        ]
    );
    recorded.holds(r#"retry_utils_retried_calls_total{operation="twice"} 2"#);
    assert!(recorded.lines("retry_utils_gave_up_total").is_empty());
}

#[tokio::test(start_paused = true)]
async fn waits_are_a_histogram_in_seconds() {
    let recorded = Recorded::start();
    call(&POLICY, "waits", 2, ErrorKind::TimedOut).await.unwrap();
    // Waits of 1 s and 2 s.
    recorded.holds(r#"retry_utils_retry_delay_seconds_bucket{operation="waits",le="0.5"} 0"#);
    recorded.holds(r#"retry_utils_retry_delay_seconds_bucket{operation="waits",le="1"} 1"#);
    recorded.holds(r#"retry_utils_retry_delay_seconds_bucket{operation="waits",le="2.5"} 2"#);
    recorded.holds(r#"retry_utils_retry_delay_seconds_sum{operation="waits"} 3"#);
    recorded.holds(r#"retry_utils_retry_delay_seconds_count{operation="waits"} 2"#);
}

#[tokio::test(start_paused = true)]
async fn giving_up_tells_why_and_whether_it_was_retried() {
    let recorded = Recorded::start();
    call(&POLICY, "gives-up", 3, ErrorKind::TimedOut).await.unwrap_err();
    call(&POLICY, "gives-up", 1, ErrorKind::PermissionDenied).await.unwrap_err();
    assert_eq!(
        recorded.lines("retry_utils_gave_up_total"),
        [
            r#"retry_utils_gave_up_total{operation="gives-up",reason="attempts_exhausted",kind="timeout",retried="true"} 1"#,
            r#"retry_utils_gave_up_total{operation="gives-up",reason="not_retryable",kind="unauthorized",retried="false"} 1"#,
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_predicate_leaves_the_kind_unclassified() {
    let recorded = Recorded::start();
    let failing = || ready(Err::<(), _>("no"));
    POLICY.run(failing).retry_unclassified_if(|_| true).name("predicate").await.unwrap_err();
    recorded.holds(r#"retry_utils_retries_total{operation="predicate",kind="unclassified"} 2"#);
}

#[tokio::test(start_paused = true)]
async fn observing_counts_what_would_have_been() {
    let recorded = Recorded::start();
    let policy = POLICY.mode(Mode::Observe);
    call(&policy, "observed", 1, ErrorKind::TimedOut).await.unwrap_err();
    recorded.holds(r#"retry_utils_would_retry_total{operation="observed",kind="timeout"} 1"#);
    assert!(recorded.lines("retry_utils_retries_total").is_empty());

    let breaker = CircuitBreaker::new("observed").failure_threshold(1).mode(Mode::Observe);
    fail(&breaker, 1);
    drop(acquire(&breaker));
    recorded.holds(r#"retry_utils_circuit_breaker_would_reject_total{breaker="observed"} 1"#);
    assert!(recorded.lines("retry_utils_circuit_breaker_rejected_total").is_empty());
}

#[test]
fn a_breaker_that_is_listed_under_another_name_counts_under_that() {
    let recorded = Recorded::start();
    let breaker = registry::get_or_insert("renamed", || {
        let breaker = CircuitBreaker::new("made");
        breaker.force_open();
        assert!(breaker.try_acquire().is_err());
        breaker
    });
    assert!(breaker.try_acquire().is_err());
    recorded.holds(r#"retry_utils_circuit_breaker_rejected_total{breaker="made"} 1"#);
    recorded.holds(r#"retry_utils_circuit_breaker_rejected_total{breaker="renamed"} 1"#);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_has_one_gauge_that_follows_its_state() {
    let recorded = Recorded::start();
    let state = || recorded.lines("retry_utils_circuit_breaker_state");
    let breaker = CircuitBreaker::new("gauge").failure_threshold(1).success_threshold(1);
    fail(&breaker, 1);
    assert_eq!(state(), [r#"retry_utils_circuit_breaker_state{breaker="gauge"} 2"#]);
    breaker.try_acquire().unwrap_err();
    recorded.holds(r#"retry_utils_circuit_breaker_rejected_total{breaker="gauge"} 1"#);

    advance(RECOVERY).await;
    let probe = acquire(&breaker);
    assert_eq!(state(), [r#"retry_utils_circuit_breaker_state{breaker="gauge"} 1"#]);
    probe.success();
    assert_eq!(state(), [r#"retry_utils_circuit_breaker_state{breaker="gauge"} 0"#]);
    assert_eq!(
        recorded.lines("retry_utils_circuit_breaker_transitions_total"),
        [
            r#"retry_utils_circuit_breaker_transitions_total{breaker="gauge",from="CLOSED",to="OPEN"} 1"#,
            r#"retry_utils_circuit_breaker_transitions_total{breaker="gauge",from="HALF_OPEN",to="CLOSED"} 1"#,
            r#"retry_utils_circuit_breaker_transitions_total{breaker="gauge",from="OPEN",to="HALF_OPEN"} 1"#,
        ]
    );
}

/// The exporter is slow to write the open state, so another change overtakes it.
#[test]
fn a_gauge_that_was_overtaken_is_written_again() {
    struct Slow {
        breaker: &'static CircuitBreaker,
        overtaken: AtomicBool,
        shown: std::sync::Mutex<f64>,
    }

    impl metrics::GaugeFn for Slow {
        fn increment(&self, _: f64) {}
        fn decrement(&self, _: f64) {}
        fn set(&self, value: f64) {
            if !self.overtaken.swap(true, Ordering::SeqCst) {
                // On another thread, which has no local recorder, so its own write does not arrive
                // here.
                std::thread::scope(|scope| scope.spawn(|| self.breaker.reset()).join()).unwrap();
            }
            *self.shown.lock().unwrap() = value;
        }
    }

    struct Recorder(Arc<Slow>);

    impl metrics::Recorder for Recorder {
        fn describe_counter(
            &self,
            _: metrics::KeyName,
            _: Option<metrics::Unit>,
            _: metrics::SharedString,
        ) {
        }
        fn describe_gauge(
            &self,
            _: metrics::KeyName,
            _: Option<metrics::Unit>,
            _: metrics::SharedString,
        ) {
        }
        fn describe_histogram(
            &self,
            _: metrics::KeyName,
            _: Option<metrics::Unit>,
            _: metrics::SharedString,
        ) {
        }
        fn register_counter(
            &self,
            _: &metrics::Key,
            _: &metrics::Metadata<'_>,
        ) -> metrics::Counter {
            metrics::Counter::noop()
        }
        fn register_gauge(&self, _: &metrics::Key, _: &metrics::Metadata<'_>) -> metrics::Gauge {
            metrics::Gauge::from_arc(Arc::clone(&self.0))
        }
        fn register_histogram(
            &self,
            _: &metrics::Key,
            _: &metrics::Metadata<'_>,
        ) -> metrics::Histogram {
            metrics::Histogram::noop()
        }
    }

    static BREAKER: CircuitBreaker = CircuitBreaker::new("overtaken");
    let slow = Arc::new(Slow {
        breaker: &BREAKER,
        overtaken: AtomicBool::new(false),
        shown: std::sync::Mutex::new(-1.0),
    });
    metrics::with_local_recorder(&Recorder(Arc::clone(&slow)), || BREAKER.trip());
    assert!(slow.overtaken.load(Ordering::SeqCst));
    assert!(slow.shown.lock().unwrap().abs() < f64::EPSILON, "shows a state that is over");
}

#[test]
fn breakers_that_never_changed_are_there_when_asked_for() {
    let recorded = Recorded::start();
    registry::get_or_insert("healthy", || CircuitBreaker::new("healthy"));
    let tripped = registry::get_or_insert("tripped", || CircuitBreaker::new("tripped"));
    std::thread::spawn(move || tripped.trip()).join().unwrap();
    assert!(recorded.lines("retry_utils_circuit_breaker_state").is_empty());
    ours::record_states();
    recorded.holds(r#"retry_utils_circuit_breaker_state{breaker="healthy"} 0"#);
    recorded.holds(r#"retry_utils_circuit_breaker_state{breaker="tripped"} 2"#);
}

#[tokio::test]
async fn a_budget_with_a_name_has_a_gauge_that_withdrawals_write() {
    static LLM: RetryBudget = RetryBudget::new().name("llm").ratio(0.5).burst(2);
    static PLAIN: RetryBudget = RetryBudget::new();
    const FAST: RetryConfig = POLICY.base_delay(Duration::ZERO).max_delay(Duration::ZERO);
    let recorded = Recorded::start();
    let tokens = || recorded.lines("retry_utils_retry_budget_tokens");
    call(&FAST.budget(&PLAIN), "plain", 1, ErrorKind::TimedOut).await.unwrap();
    call(&FAST.budget(&LLM), "llm", 0, ErrorKind::TimedOut).await.unwrap();
    assert_eq!(tokens(), [""; 0]);

    call(&FAST.budget(&LLM), "llm", 1, ErrorKind::TimedOut).await.unwrap();
    assert_eq!(tokens(), [r#"retry_utils_retry_budget_tokens{budget="llm"} 1"#]);
    // The next withdrawal also writes the deposit. A refused withdrawal writes, too.
    call(&FAST.budget(&LLM), "llm", 9, ErrorKind::TimedOut).await.unwrap_err();
    assert_eq!(tokens(), [r#"retry_utils_retry_budget_tokens{budget="llm"} 0.5"#]);

    LLM.deposit();
    assert_eq!(tokens(), [r#"retry_utils_retry_budget_tokens{budget="llm"} 0.5"#]);
    ours::record_states();
    recorded.holds(r#"retry_utils_retry_budget_tokens{budget="llm"} 1"#);
}

#[tokio::test(start_paused = true)]
async fn every_evicted_key_is_counted_by_the_next_report() {
    let hosts = CircuitBreakers::new("hosts").max_keys(1);
    let recorded = Recorded::start();
    for _ in 0..2 {
        for key in ["a", "b", "c"] {
            hosts.for_key(key).half_open();
        }
        advance(Duration::from_secs(1)).await;
    }
    // The first is counted immediately. The next report also counts the one that was left out.
    recorded.holds(r#"retry_utils_circuit_breaker_keys_evicted_total{breakers="hosts"} 3"#);
}

#[test]
fn what_does_not_fit_is_counted() {
    static FIRST: RetryBudget = RetryBudget::new().name("taken");
    static SECOND: RetryBudget = RetryBudget::new().name("taken");
    let recorded = Recorded::start();
    registry::get_or_insert("taken", || CircuitBreaker::new("taken"));
    registry::add_arc(&Arc::new(CircuitBreaker::new("taken"))).unwrap_err();
    recorded.holds(r#"retry_utils_circuit_breaker_not_listed_total{reason="duplicate_name"} 1"#);

    registry::add_budget(&FIRST).unwrap();
    registry::add_budget(&SECOND).unwrap_err();
    recorded.holds(r#"retry_utils_retry_budget_not_listed_total{reason="duplicate_name"} 1"#);
}

#[test]
fn every_metric_is_described() {
    let recorded = Recorded::start();
    ours::describe();
    for name in ours::NAMES {
        // The exporter shows descriptions only of recorded metrics.
        metrics::counter!(*name).increment(1);
    }
    let page = recorded.handle.render();
    for name in ours::NAMES {
        assert!(page.contains(&format!("# HELP {name} ")), "{name} has no description");
    }
    assert_eq!(ours::NAMES.len(), 20);
}

#[test]
fn the_exporter_hears_beside_an_observer() {
    static HEARD: AtomicBool = AtomicBool::new(false);
    let recorded = Recorded::start();
    observe::add_listener(|event: &observe::Event<'_>| {
        if matches!(event, observe::Event::Transition { breaker: "both", .. }) {
            HEARD.store(true, Ordering::SeqCst);
        }
    })
    .unwrap();
    CircuitBreaker::new("both").recovery_timeout(Duration::from_secs(1)).trip();
    assert!(HEARD.load(Ordering::SeqCst));
    recorded.holds(r#"retry_utils_circuit_breaker_state{breaker="both"} 2"#);
}
