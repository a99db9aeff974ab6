//! The log lines and the names of their fields, which are a stable interface.

mod common;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use retry_utils::{
    CircuitBreaker, CircuitBreakers, FailureKind, Jitter, Mode, RetryBudget, RetryConfig,
    RetryHint, STANDARD, async_retry,
};
use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

#[derive(Debug, Clone)]
struct Line {
    at: Instant,
    level: tracing::Level,
    fields: BTreeMap<&'static str, String>,
}

impl Line {
    /// Returns the level, the message, and the names of the other fields.
    fn shape(&self) -> (tracing::Level, &str, Vec<&'static str>) {
        let names = self.fields.keys().copied().filter(|name| *name != "message").collect();
        (self.level, &self.fields["message"], names)
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Line>>>);

impl Lines {
    fn take(&self) -> Vec<Line> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl<S: tracing::Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &tracing::Event<'_>, _context: Context<'_, S>) {
        struct Fields(BTreeMap<&'static str, String>);
        impl Visit for Fields {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.0.insert(field.name(), format!("{value:?}"));
            }
            fn record_str(&mut self, field: &Field, value: &str) {
                self.0.insert(field.name(), value.to_owned());
            }
        }
        if event.metadata().target() != "retry_utils" {
            return;
        }
        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        let line = Line { at: Instant::now(), level: *event.metadata().level(), fields: fields.0 };
        self.0.lock().unwrap().push(line);
    }
}

/// Listens on this thread, which also runs the test's runtime.
fn listen() -> (Lines, tracing::subscriber::DefaultGuard) {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.clone());
    (lines, tracing::subscriber::set_default(subscriber))
}

#[async_retry(policy, name = "fetch")]
async fn fetch(policy: &RetryConfig, calls: &Calls, error: fn() -> Failed) -> Result<u32, Failed> {
    calls.fail_first(2).map_err(|_| error())
}

const SERIES: [&str; 6] = ["attempt", "delay", "error", "kind", "max_attempts", "operation"];
const END: [&str; 6] = ["attempt", "error", "kind", "max_attempts", "operation", "reason"];

#[tokio::test(start_paused = true)]
async fn a_retry_is_logged_before_its_wait() {
    let (lines, _listening) = listen();
    let start = Instant::now();
    fetch(&PLAIN, &Calls::new(), || TRANSIENT).await.unwrap();
    let lines = lines.take();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].at, start);
    assert_eq!(lines[1].at, start + Duration::from_secs(1));
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(line.shape(), (tracing::Level::WARN, "retry scheduled", SERIES.to_vec()));
        let fields = &line.fields;
        let said = ["operation", "attempt", "max_attempts", "kind", "delay", "error"]
            .map(|name| fields[name].as_str());
        let (attempt, delay) = [("1", "1s"), ("2", "2s")][at];
        assert_eq!(said, ["fetch", attempt, "3", "unavailable", delay, "unavailable"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_sequence_is_logged_with_its_reason() {
    type Case = (RetryConfig, fn() -> Failed, &'static str, tracing::Level);
    let cases: [Case; 4] = [
        (PLAIN, || PERMANENT, "not_retryable", tracing::Level::DEBUG),
        (PLAIN.max_attempts(1), || TRANSIENT, "attempts_exhausted", tracing::Level::WARN),
        (
            PLAIN,
            || Failed::SlowDown(Duration::from_secs(3600)),
            "retry_after_too_long",
            tracing::Level::WARN,
        ),
        (
            PLAIN,
            || Failed::Hinted(FailureKind::RateLimited, RetryHint::Never),
            "retry_forbidden",
            tracing::Level::WARN,
        ),
    ];
    for (policy, error, reason, level) in cases {
        let (lines, _listening) = listen();
        fetch(&policy, &Calls::new(), error).await.unwrap_err();
        let lines = lines.take();
        assert_eq!(lines.len(), 1, "{reason}");
        assert_eq!(lines[0].shape(), (level, "gave up", END.to_vec()));
        assert_eq!(lines[0].fields["reason"], reason);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_a_reason() {
    #[async_retry(PLAIN, total_timeout = "500ms")]
    async fn call() -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    let (lines, _listening) = listen();
    call().await.unwrap_err();
    let lines = lines.take();
    assert_eq!(lines[0].fields["reason"], "deadline_exceeded");
    assert_eq!(lines[0].fields["operation"], "observing::call");
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_is_not_used_is_reported() {
    static BUDGET: RetryBudget = RetryBudget::new();

    #[async_retry(policy.clone())]
    async fn call(policy: &RetryConfig) -> Result<u32, Failed> {
        Err(PERMANENT)
    }

    let (lines, _listening) = listen();
    for _ in 0..2 {
        call(&PLAIN.budget(&BUDGET)).await.unwrap_err();
    }
    let lines = lines.take();
    assert_eq!(lines.len(), 3);
    let fields = vec!["operation", "rule"];
    assert_eq!(lines[0].shape(), (tracing::Level::WARN, "invalid policy", fields));
    assert_eq!(lines[0].fields["operation"], "observing::call");
    assert_eq!(lines[0].fields["rule"], "budget");
}

#[tokio::test(start_paused = true)]
async fn an_opaque_error_is_reported_with_a_solution() {
    #[async_retry(PLAIN)]
    async fn call() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err("text".into())
    }

    let (lines, _listening) = listen();
    for _ in 0..2 {
        call().await.unwrap_err();
    }
    let lines = lines.take();
    assert_eq!(lines.len(), 3);
    let message = "opaque error, not retried: return a type that is `Retryable`, or set `retry_if`";
    assert_eq!(lines[0].shape(), (tracing::Level::WARN, message, vec!["error", "operation"]));
    assert_eq!(lines[0].fields["operation"], "observing::call");
    assert_eq!(lines[0].fields["error"], "text");
    assert_eq!(lines[1].shape().1, "gave up");
}

#[tokio::test(start_paused = true)]
async fn mode_observe_logs_what_it_would_retry_and_mode_off_logs_nothing() {
    let (lines, _listening) = listen();
    fetch(&PLAIN.mode(Mode::Observe), &Calls::new(), || TRANSIENT).await.unwrap_err();
    let told = lines.take();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].shape(), (tracing::Level::INFO, "would retry", SERIES.to_vec()));
    assert_eq!(told[0].fields["delay"], "1s");

    fetch(&PLAIN.mode(Mode::Off), &Calls::new(), || TRANSIENT).await.unwrap_err();
    assert!(lines.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_breaker_logs_its_transitions_and_rejections() {
    let breaker = CircuitBreaker::new("told")
        .failure_threshold(1)
        .recovery_timeout(Duration::from_secs(1))
        .success_threshold(1);
    let (lines, _listening) = listen();
    breaker.try_acquire().unwrap().failure();
    breaker.try_acquire().unwrap_err();
    breaker.set_mode(Mode::Observe);
    drop(breaker.try_acquire().unwrap());
    breaker.set_mode(Mode::Enforce);
    tokio::time::advance(Duration::from_secs(1)).await;
    breaker.try_acquire().unwrap().success();

    let lines = lines.take();
    let shapes: Vec<_> = lines.iter().map(Line::shape).collect();
    let transition = vec!["breaker", "from", "to"];
    let rejection = vec!["breaker", "retry_in"];
    let changed = "circuit breaker changed state";
    let action = vec!["action", "breaker", "by", "detail"];
    assert_eq!(
        shapes,
        [
            (tracing::Level::WARN, changed, transition.clone()),
            (tracing::Level::DEBUG, "call rejected", rejection.clone()),
            (tracing::Level::INFO, "operator action", action.clone()),
            (tracing::Level::INFO, "would reject", rejection),
            (tracing::Level::INFO, "operator action", action),
            (tracing::Level::INFO, changed, transition.clone()),
            (tracing::Level::INFO, changed, transition),
        ]
    );
    assert_eq!((&*lines[0].fields["from"], &*lines[0].fields["to"]), ("CLOSED", "OPEN"));
    assert_eq!((&*lines[5].fields["from"], &*lines[5].fields["to"]), ("OPEN", "HALF_OPEN"));
    assert_eq!((&*lines[6].fields["from"], &*lines[6].fields["to"]), ("HALF_OPEN", "CLOSED"));
    assert_eq!(lines[1].fields["retry_in"], "1s");
    let action = ["action", "breaker", "by", "detail"].map(|name| &*lines[2].fields[name]);
    assert_eq!(action, ["set_mode", "told", "program", "observe"]);
}

#[tokio::test(start_paused = true)]
async fn an_evicted_key_is_reported() {
    let (lines, _listening) = listen();
    let breakers = CircuitBreakers::new("observing/keyed").max_keys(1);
    breakers.for_key("a\nb").try_acquire().unwrap().failure();
    tokio::time::advance(Duration::from_secs(60)).await;
    breakers.for_key("c");
    let told = lines.take();
    let shapes: Vec<_> = told.iter().map(Line::shape).collect();
    let warning = tracing::Level::WARN;
    assert_eq!(
        shapes,
        [(
            warning,
            "keyed circuit breaker evicted",
            vec!["breakers", "failures", "key", "left_out"]
        )]
    );
    assert_eq!(told[0].fields["breakers"], "observing/keyed");
    // The key is escaped here because not every subscriber escapes values.
    assert_eq!(told[0].fields["key"], r"a\nb");
    assert_eq!(told[0].fields["failures"], "1");
    assert_eq!(told[0].fields["left_out"], "0");
}

#[tokio::test(start_paused = true)]
async fn a_long_error_is_cut_between_characters() {
    #[async_retry(PLAIN, max_attempts = 1, retry_if = |_| true)]
    async fn call() -> Result<u32, String> {
        Err("é".repeat(300))
    }

    let (lines, _listening) = listen();
    call().await.unwrap_err();
    let error = format!("{}…{}", "é".repeat(60), "é".repeat(39));
    assert_eq!(lines.take()[0].fields["error"], error);
}

#[tokio::test(start_paused = true)]
async fn a_first_success_logs_nothing() {
    #[async_retry(PLAIN)]
    async fn call() -> Result<u32, Failed> {
        Ok(1)
    }

    let (lines, _listening) = listen();
    call().await.unwrap();
    assert!(lines.take().is_empty());
}
