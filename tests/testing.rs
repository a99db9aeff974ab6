//! The module `testing`, as a test uses it.

mod common;

use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, OnceLock, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use futures_util::{Stream, StreamExt, stream};
use retry_utils::observe::Reason;
use retry_utils::testing::{
    FaultPoint, Injector, RecordedEvent, Recorder, Step, Testing, reset_breakers,
};
use retry_utils::{
    CircuitBreaker, CircuitState, FailureKind, Jitter, Mode, RetryConfig, RetryHint, STANDARD,
    STREAMING, async_retry, circuit_breaker, registry,
};
use tokio::time::{Instant, advance};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);
const ONCE: RetryConfig = PLAIN.max_attempts(1);

/// Fails the first `failures` calls, under a policy of three attempts.
#[async_retry(PLAIN, name = "fetch")]
async fn fetch(calls: &Calls, failures: u32) -> Result<u32, Failed> {
    calls.fail_first(failures)
}

/// Returns how many attempts a call makes that always fails.
async fn attempts() -> u32 {
    let calls = Calls::new();
    fetch(&calls, u32::MAX).await.unwrap_err();
    calls.count()
}

/// Returns how long a call takes that fails twice.
async fn waited() -> Duration {
    let start = Instant::now();
    fetch(&Calls::new(), 2).await.unwrap();
    start.elapsed()
}

const WAITS: Duration = Duration::from_secs(3);

#[tokio::test(start_paused = true)]
async fn a_scope_skips_waits_and_nothing_else() {
    assert_eq!(waited().await, WAITS);
    let scope = Testing::new().scope();
    assert_eq!(waited().await, Duration::ZERO);
    assert_eq!(attempts().await, 3);
    drop(scope);
    assert_eq!(waited().await, WAITS);
}

#[tokio::test(start_paused = true)]
async fn a_cap_lowers_and_never_raises() {
    let _two = Testing::new().cap_attempts(2).scope();
    assert_eq!(attempts().await, 2);
    let _ten = Testing::new().cap_attempts(10).scope();
    assert_eq!(attempts().await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_number_of_attempts_may_be_set_to_any() {
    let _one = Testing::new().set_attempts(1).scope();
    assert_eq!(attempts().await, 1);
    let _many = Testing::new().set_attempts(20).scope();
    assert_eq!(attempts().await, 20);
}

#[tokio::test(start_paused = true)]
async fn waits_that_are_kept_are_made() {
    let _cap = Testing::new().cap_attempts(2).keep_waits().scope();
    let start = Instant::now();
    assert_eq!(attempts().await, 2);
    assert_eq!(start.elapsed(), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn the_innermost_scope_decides_alone() {
    let _outer = Testing::new().cap_attempts(1).scope();
    {
        let _inner = Testing::new().keep_waits().scope();
        assert_eq!(attempts().await, 3);
        assert_eq!(waited().await, WAITS);
    }
    assert_eq!(attempts().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_its_scope() {
    let unwound = panic::catch_unwind(|| {
        let _scope = Testing::new().scope();
        panic!("within the scope");
    });
    unwound.unwrap_err();
    assert_eq!(waited().await, WAITS);
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_at_least_one_attempt() {
    for made in [|| Testing::new().cap_attempts(0), || Testing::new().set_attempts(0)] {
        let message = panicked(made);
        assert!(message.contains("at least 1 attempt"), "{message}");
    }
}

#[test]
fn other_threads_are_not_in_the_scope() {
    let _scope = Testing::new().cap_attempts(1).scope();
    let elsewhere = thread::spawn(|| run(attempts())).join().unwrap();
    assert_eq!(elsewhere, 3);
    assert_eq!(run(attempts()), 1);
}

#[test]
fn a_future_keeps_its_settings_on_another_thread() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_time().build().unwrap();
    let made = runtime.block_on(async {
        tokio::spawn(Testing::new().cap_attempts(2).run(async {
            tokio::task::yield_now().await;
            attempts().await
        }))
        .await
        .unwrap()
    });
    assert_eq!(made, 2);
    assert_eq!(run(attempts()), 3);
}

#[tokio::test(start_paused = true)]
async fn a_run_without_an_attribute_uses_the_settings_too() {
    let _scope = Testing::new().cap_attempts(2).scope();
    let start = Instant::now();
    let calls = Calls::new();
    let always = || std::future::ready(calls.fail_first(u32::MAX));
    PLAIN.run(always).total_timeout(Duration::from_secs(60)).await.unwrap_err();
    PLAIN.run(always).on_retry(|_| {}).await.unwrap_err();
    assert_eq!(calls.count(), 4);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn hints_are_not_waited_for() {
    #[async_retry(PLAIN)]
    async fn busy(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1).map_err(|_| Failed::SlowDown(Duration::from_secs(40)))
    }
    let _scope = Testing::new().scope();
    let start = Instant::now();
    assert_eq!(busy(&Calls::new()).await.unwrap(), 2);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_delay_past_the_deadline_still_ends_the_sequence() {
    #[async_retry(PLAIN, total_timeout = "500ms", name = "hurried")]
    async fn hurried(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }
    let _scope = Testing::new().scope();
    let recorder = Recorder::new();
    hurried(&Calls::new()).await.unwrap_err();
    recorder.assert_gave_up("hurried", Reason::DeadlineExceeded);
}

#[tokio::test(start_paused = true)]
async fn events_have_the_skipped_delay_and_the_number_of_attempts() {
    let _scope = Testing::new().cap_attempts(2).scope();
    let recorder = Recorder::new();
    fetch(&Calls::new(), 1).await.unwrap();
    let [RecordedEvent::RetryScheduled { delay, max_attempts, .. }] = recorder.of("fetch")[..]
    else {
        panic!("expected one retry{recorder}");
    };
    assert_eq!((delay, max_attempts), (Duration::from_secs(1), 2));
}

#[tokio::test(start_paused = true)]
async fn skipped_delays_depend_on_each_other_as_made_ones_do() {
    const DECORRELATED: RetryConfig =
        STANDARD.jitter(Jitter::Decorrelated).max_attempts(60).max_delay(Duration::from_secs(3600));
    let _scope = Testing::new().scope();
    let recorder = Recorder::new();
    let always = || std::future::ready(Err::<(), _>(TRANSIENT));
    DECORRELATED.run(always).name("decorrelated").await.unwrap_err();
    // Independent delays would all be from 1 s to 3 s.
    let longest = recorder.of("decorrelated").into_iter().filter_map(|event| match event {
        RecordedEvent::RetryScheduled { delay, .. } => Some(delay),
        _ => None,
    });
    assert!(longest.max().unwrap() > Duration::from_secs(10), "{recorder}");
}

#[tokio::test(start_paused = true)]
async fn mode_observe_makes_one_attempt_with_any_setting() {
    let _scope = Testing::new().set_attempts(5).scope();
    let recorder = Recorder::new();
    let calls = Calls::new();
    let always = || std::future::ready(calls.fail_first(u32::MAX));
    PLAIN.mode(Mode::Observe).run(always).name("observed").await.unwrap_err();
    assert_eq!(calls.count(), 1);
    assert!(matches!(recorder.of("observed")[..], [RecordedEvent::WouldRetry { .. }]));
}

#[tokio::test(start_paused = true)]
async fn connections_of_streams_are_retried_immediately() {
    #[async_retry(STREAMING)]
    async fn connect(
        point: &Injector<Failed>,
    ) -> Result<impl Stream<Item = Result<u32, Failed>> + use<>, Failed> {
        point.hit().await?;
        Ok(stream::iter([Ok(1), Ok(2)]))
    }
    let _scope = Testing::new().scope();
    let refused = Injector::fail_times(1, || Failed::Kind(FailureKind::Connection));
    let start = Instant::now();
    assert_eq!(connect(&refused).await.unwrap().count().await, 2);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(refused.hits(), 2);
}

#[tokio::test]
async fn the_first_calls_fail_by_number() {
    let twice = Injector::fail_times(2, || TRANSIENT);
    let outcomes = [twice.hit().await, twice.hit().await, twice.hit().await];
    assert!(matches!(outcomes, [Err(_), Err(_), Ok(())]));
    assert_eq!((twice.hits(), twice.failures()), (3, 2));
}

#[tokio::test]
async fn a_rate_fails_the_same_calls_from_the_same_seed() {
    async fn pattern(rate: f64, seed: u64) -> Vec<bool> {
        let sometimes = Injector::fail_rate(rate, seed, || TRANSIENT);
        let mut pattern = Vec::new();
        for _ in 0..1_000 {
            pattern.push(sometimes.hit().await.is_err());
        }
        pattern
    }
    let some = pattern(0.3, 7).await;
    assert_eq!(some, pattern(0.3, 7).await);
    assert_ne!(some, pattern(0.3, 8).await);
    // The expected number is 300, and the standard deviation is 14.5.
    let failed = some.iter().filter(|failed| **failed).count();
    assert!((200..400).contains(&failed), "{failed}");
    assert!(pattern(0.0, 7).await.iter().all(|failed| !failed));
    assert!(pattern(1.0, 7).await.iter().all(|failed| *failed));
}

#[test]
fn a_rate_is_a_share() {
    for rate in [-0.1, 1.1, 30.0, f64::NAN] {
        let message = panicked(|| Injector::fail_rate(rate, 0, || TRANSIENT));
        assert!(message.contains("from 0.0 to 1.0"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_lasts_from_one_time_to_another() {
    let outage = Duration::from_secs(10)..Duration::from_secs(20);
    let outage = Injector::fail_between(outage, || TRANSIENT);
    let mut failed = Vec::new();
    for second in 0..30 {
        if outage.hit().await.is_err() {
            failed.push(second);
        }
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(failed, (10..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_schedule_is_followed_step_by_step() {
    #[async_retry(PLAIN, attempt_timeout = "2s", name = "scheduled")]
    async fn scheduled(upstream: &Injector<Failed>) -> Result<(), Failed> {
        upstream.hit().await
    }
    let recorder = Recorder::new();
    let upstream = Injector::schedule([
        Step::Hang,
        Step::Fail(TRANSIENT),
        Step::Delay(Duration::from_secs(1)),
        Step::Pass,
    ]);
    let _scope = Testing::new().scope();
    let start = Instant::now();
    scheduled(&upstream).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(2 + 1));
    let kinds: Vec<_> = recorder.of("scheduled").iter().map(kind).collect();
    assert_eq!(kinds, [Some(FailureKind::Timeout), Some(FailureKind::Unavailable)]);
    scheduled(&upstream).await.unwrap();
    scheduled(&upstream).await.unwrap();
    assert_eq!((upstream.hits(), upstream.failures()), (5, 1));
}

static POINT: FaultPoint<Failed> = FaultPoint::new();

#[async_retry(PLAIN, name = "guarded")]
async fn guarded() -> Result<&'static str, Failed> {
    POINT.hit().await?;
    Ok("an answer")
}

#[tokio::test(start_paused = true)]
async fn a_fault_point_fails_the_code_around_it() {
    assert_eq!(guarded().await.unwrap(), "an answer");
    let faults = POINT.inject(Injector::fail_times(2, || TRANSIENT));
    assert_eq!(guarded().await.unwrap(), "an answer");
    assert_eq!((faults.hits(), faults.failures()), (3, 2));
    drop(faults);
    let permanent = POINT.inject(Injector::fail_times(1, || PERMANENT));
    guarded().await.unwrap_err();
    assert_eq!(permanent.hits(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_innermost_injector_decides_in_any_order_of_drops() {
    let never = || Injector::fail_times(0, || TRANSIENT);
    let outer = POINT.inject(never());
    let inner = POINT.inject(never());
    guarded().await.unwrap();
    assert_eq!((outer.hits(), inner.hits()), (0, 1));
    drop(outer);
    guarded().await.unwrap();
    assert_eq!(inner.hits(), 2);
    let last = inner.clone();
    drop(inner);
    guarded().await.unwrap();
    assert_eq!(last.hits(), 2);
}

#[test]
fn injectors_are_per_thread_unless_one_is_for_the_process() {
    static SHARED: FaultPoint<Failed> = FaultPoint::new();
    let elsewhere = || thread::spawn(|| run(SHARED.hit()).is_err()).join().unwrap();
    let always = || Injector::fail_times(u64::MAX, || TRANSIENT);
    let here = SHARED.inject(always());
    assert!(!elsewhere());
    drop(here);
    let everywhere = SHARED.inject_for_process(always());
    assert!(elsewhere());
    let here = SHARED.inject(Injector::fail_times(0, || TRANSIENT));
    run(SHARED.hit()).unwrap();
    drop(here);
    run(SHARED.hit()).unwrap_err();
    drop(everywhere);
    assert!(!elsewhere());
}

#[circuit_breaker(breaker)]
async fn through(breaker: &CircuitBreaker, fails: bool) -> Result<(), Failed> {
    if fails { Err(TRANSIENT) } else { Ok(()) }
}

#[tokio::test(start_paused = true)]
async fn a_recorder_asserts_on_breakers() {
    let recorder = Recorder::new();
    let breaker = CircuitBreaker::new("watched").failure_threshold(1).success_threshold(1);
    through(&breaker, true).await.unwrap_err();
    through(&breaker, false).await.unwrap_err();
    through(&breaker, false).await.unwrap_err();
    advance(Duration::from_secs(60)).await;
    through(&breaker, false).await.unwrap();
    let states = [CircuitState::Open, CircuitState::HalfOpen, CircuitState::Closed];
    recorder.assert_transitions("watched", &states);
    recorder.assert_rejected("watched", 2);
}

#[tokio::test(start_paused = true)]
async fn a_recorder_asserts_on_retries() {
    let recorder = Recorder::new();
    recorder.assert_nothing_happened();
    fetch(&Calls::new(), 0).await.unwrap();
    recorder.assert_nothing_happened();
    fetch(&Calls::new(), 2).await.unwrap();
    recorder.assert_retries("fetch", 2);
    recorder.assert_never_gave_up("fetch");
    fetch(&Calls::new(), 3).await.unwrap_err();
    recorder.assert_retries("fetch", 4);
    recorder.assert_gave_up("fetch", Reason::AttemptsExhausted);
    let never =
        || std::future::ready(Err::<(), _>(Failed::Hinted(FailureKind::Timeout, RetryHint::Never)));
    STANDARD.run(never).name("forbidden").await.unwrap_err();
    recorder.assert_gave_up("forbidden", Reason::RetryForbidden);
    recorder.clear();
    recorder.assert_nothing_happened();
    assert!(recorder.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn failed_assertions_list_what_was_recorded() {
    let recorder = Recorder::new();
    let message = panicked(|| recorder.assert_gave_up("fetch", Reason::NotRetryable));
    assert!(message.ends_with("nothing was recorded"), "{message}");
    fetch(&Calls::new(), 3).await.unwrap_err();
    let retried = panicked(|| recorder.assert_retries("fetch", 1));
    assert_eq!(
        retried,
        "`fetch` was retried 2 times, expected 1; recorded:
  fetch: retry scheduled attempt=1 max_attempts=3 kind=unavailable delay=1s error=unavailable
  fetch: retry scheduled attempt=2 max_attempts=3 kind=unavailable delay=2s error=unavailable
  fetch: gave up attempt=3 max_attempts=3 reason=attempts_exhausted kind=unavailable \
         error=unavailable"
    );
    let others: [fn(&Recorder); 5] = [
        |recorder| recorder.assert_gave_up("fetch", Reason::NotRetryable),
        |recorder| recorder.assert_never_gave_up("fetch"),
        |recorder| recorder.assert_nothing_happened(),
        |recorder| recorder.assert_transitions("fetch", &[CircuitState::Open]),
        |recorder| recorder.assert_rejected("fetch", 1),
    ];
    for assertion in others {
        assert!(panicked(|| assertion(&recorder)).contains("attempt=2"));
    }
}

#[test]
fn recorders_record_their_thread_their_futures_or_all() {
    let _fast = Testing::new().scope();
    let here = Recorder::new();
    let everywhere = Recorder::for_process();
    let elsewhere = |name: &'static str| {
        CircuitBreaker::new(name).failure_threshold(1).record_failure();
    };
    thread::spawn(move || elsewhere("other-thread")).join().unwrap();
    assert!(here.of("other-thread").is_empty());
    assert_eq!(everywhere.of("other-thread").len(), 1);

    let future = here.watch(async move { elsewhere("watched-future") });
    thread::spawn(move || run(future)).join().unwrap();
    assert_eq!(here.of("watched-future").len(), 1);
    // Recorded once, although both the thread and the future are watched.
    run(here.watch(async move { elsewhere("twice") }));
    assert_eq!(here.of("twice").len(), 1);
    drop(here);
    elsewhere("after");
    assert_eq!(everywhere.of("after").len(), 1);
}

#[test]
fn breakers_are_reset_between_tests() {
    let forced = registry::get_or_insert("forced", || CircuitBreaker::new("forced"));
    let tripped = registry::get_or_insert("tripped", || CircuitBreaker::new("tripped"));
    forced.force_open();
    tripped.trip();
    reset_breakers();
    for breaker in [&forced, &tripped] {
        assert_eq!(breaker.state(), CircuitState::Closed);
        breaker.try_acquire().unwrap().success();
    }
}

fn kind(event: &RecordedEvent) -> Option<FailureKind> {
    match event {
        RecordedEvent::RetryScheduled { kind, .. } => *kind,
        _ => None,
    }
}

/// Runs a future on this thread, with the clock paused.
fn run<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
}

/// Returns the message of a panic.
fn panicked<T>(code: impl FnOnce() -> T) -> String {
    let payload = panic::catch_unwind(AssertUnwindSafe(code)).map(drop).unwrap_err();
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
    }
}

/// An error whose text is written only after an answer from the test.
struct Asks(mpsc::Sender<()>, Mutex<mpsc::Receiver<()>>);

impl fmt::Display for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.send(()).unwrap();
        let answered = self.1.lock().unwrap().recv_timeout(Duration::from_secs(10));
        f.write_str(if answered.is_ok() { "answered" } else { "blocked" })
    }
}

#[test]
fn the_text_of_an_error_does_not_block_other_recorded_threads() {
    let recorder = Recorder::for_process();
    let (asks, asked) = mpsc::channel();
    let (answer, answered) = mpsc::channel();
    let failing = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let error = Asks(asks, Mutex::new(answered));
        let call = || std::future::ready(Err::<(), _>(&error));
        let run = ONCE.run(call).retry_unclassified_if(|_| true).name("testing::asks");
        let _ = runtime.block_on(run);
    });
    asked.recv().unwrap();
    CircuitBreaker::new("testing/meanwhile").force_open();
    answer.send(()).unwrap();
    failing.join().unwrap();
    recorder.assert_transitions("testing/meanwhile", &[CircuitState::Open]);
    let gave_up = recorder.of("testing::asks");
    let [RecordedEvent::GaveUp { error, .. }] = &*gave_up else { panic!("{gave_up:?}") };
    assert_eq!(error.as_deref(), Some("answered"));
}

/// An error that writes until it gets an error, and counts its writes.
struct Endless(Cell<u32>);

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..1_000_000 {
            self.0.set(self.0.get() + 1);
            f.write_str("0123456789")?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn an_error_of_many_megabytes_is_not_built() {
    let recorder = Recorder::new();
    let error = Endless(Cell::new(0));
    let call = || std::future::ready(Err::<(), _>(&error));
    let _ = ONCE.run(call).retry_unclassified_if(|_| true).name("testing::endless").await;
    let gave_up = recorder.of("testing::endless");
    let [RecordedEvent::GaveUp { error: Some(text), .. }] = &*gave_up else {
        panic!("{gave_up:?}")
    };
    assert!(text.starts_with(&format!("{}…", "0123456789".repeat(6))), "{text}");
    assert!(text.ends_with('…') && text.chars().count() == 100, "{text}");
    // The text is written for the log, if there is one, and for the recorder.
    assert!(error.0.get() <= 3300, "{} pieces", error.0.get());
}

/// An error whose text fails after its first part.
struct Mute;

impl fmt::Display for Mute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("so far")?;
        Err(fmt::Error)
    }
}

#[tokio::test]
async fn an_error_whose_text_fails_is_shown_in_part() {
    let recorder = Recorder::new();
    let call = || std::future::ready(Err::<(), _>(Mute));
    let _ = ONCE.run(call).retry_unclassified_if(|_| true).name("testing::mute").await;
    let gave_up = recorder.of("testing::mute");
    let [RecordedEvent::GaveUp { error, .. }] = &*gave_up else { panic!("{gave_up:?}") };
    assert_eq!(error.as_deref(), Some("so far"));
}

#[tokio::test(start_paused = true)]
async fn scopes_may_end_in_any_order() {
    let mut assigned = Testing::new().keep_waits().scope();
    assert_eq!(attempts().await, 3);
    assigned = {
        let inner = Testing::new().keep_waits().cap_attempts(1).scope();
        drop(assigned);
        inner
    };
    assert_eq!(attempts().await, 1);
    let outlived = Testing::new().cap_attempts(2).scope();
    drop(assigned);
    assert_eq!(attempts().await, 2);
    drop(outlived);
    assert_eq!(attempts().await, 3);
    assert_eq!(waited().await, WAITS);
}

#[tokio::test]
async fn events_of_a_dropped_future_are_recorded() {
    static LEFT: CircuitBreaker =
        CircuitBreaker::new("testing/left").failure_threshold(1).abandoned_after(Duration::ZERO);
    let recorder = Recorder::new();
    let watched = recorder.watch(async {
        let _permit = LEFT.try_acquire();
        std::future::pending::<()>().await;
    });
    let mut watched = Box::pin(watched);
    assert!(watched.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    // The future is dropped on a thread without a recorder.
    thread::scope(|scope| scope.spawn(|| drop(watched)).join()).unwrap();
    recorder.assert_transitions("testing/left", &[CircuitState::Open]);
}

#[test]
fn an_error_may_be_made_from_what_its_injector_has_counted() {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        static UPSTREAM: OnceLock<Injector<u64>> = OnceLock::new();
        let upstream = UPSTREAM.get_or_init(|| Injector::fail_times(1, || UPSTREAM.wait().hits()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        done.send(runtime.block_on(upstream.hit())).unwrap();
    });
    let failed =
        is_done.recv_timeout(Duration::from_secs(10)).expect("the injector waits for itself");
    assert_eq!(failed, Err(1));
}

/// The caller of `Retries` makes the waits, so they cannot be skipped.
#[test]
fn retries_return_their_waits() {
    let _fast = Testing::new().cap_attempts(2).scope();
    let mut retries = PLAIN.retries("decided");
    assert_eq!(retries.next(&TRANSIENT), Some(Duration::from_secs(1)));
    assert_eq!(retries.next(&TRANSIENT), None);
}

struct Client;

impl Client {
    #[async_retry(PLAIN)]
    async fn invoice(&self) -> Result<u32, Failed> {
        Err(TRANSIENT)
    }
}

#[tokio::test]
async fn assertions_take_full_names() {
    #[async_retry(PLAIN)]
    async fn invoice() -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    let _fast = Testing::new().scope();
    let recorder = Recorder::new();
    invoice().await.unwrap_err();
    Client.invoice().await.unwrap_err();
    recorder.assert_retries(concat!(module_path!(), "::invoice"), 2);
    recorder.assert_retries(concat!(module_path!(), "::Client::invoice"), 2);
    recorder.assert_retries("invoice", 0);
}

#[test]
fn run_blocking_does_not_sleep() {
    let _fast = Testing::new().scope();
    let calls = Calls::new();
    let policy = STANDARD.jitter(Jitter::None).base_delay(Duration::from_secs(3600));
    let policy = policy.max_delay(Duration::from_secs(3600));
    assert_eq!(policy.run_blocking(|| calls.fail_first(2)).call().unwrap(), 3);
}
