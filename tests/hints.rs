//! The four forms of a hint, in every part of the library that decides about a retry.

mod common;

use std::error::Error;
use std::future::ready;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use common::{Calls, Failed};
use proptest::prelude::*;
use retry_utils::observe::{self, Event, Reason};
use retry_utils::{
    CircuitBreaker, CircuitState, FailureKind, Jitter, Mode, RetryBudget, RetryConfig, RetryHint,
    Retryable, STANDARD, async_retry, circuit_breaker,
};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

/// Waits 1 s and 2 s, or longer after a hint. A wait is at most 10 s, or 60 s after a hint.
const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn limited(hint: RetryHint) -> Failed {
    Failed::Hinted(FailureKind::RateLimited, hint)
}

/// Returns the reason why the last retry sequence of this name ended, and its last kind of failure.
fn end(operation: &str) -> Option<(Reason, Option<FailureKind>)> {
    type End = (String, Reason, Option<FailureKind>);
    static ENDS: Mutex<Vec<End>> = Mutex::new(Vec::new());
    static LISTENING: std::sync::Once = std::sync::Once::new();
    LISTENING.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::GaveUp { operation, reason, kind, .. } = event {
                ENDS.lock().unwrap().push(((*operation).to_owned(), *reason, *kind));
            }
        })
        .unwrap();
    });
    let ends = ENDS.lock().unwrap();
    ends.iter().rev().find(|(name, ..)| name == operation).map(|(_, reason, kind)| (*reason, *kind))
}

/// The wait for each hint after the first attempt, without jitter. `None`: no retry.
const WAITS: [(RetryHint, Option<Duration>); 10] = [
    (RetryHint::None, Some(secs(1))),
    (RetryHint::AtLeast(Duration::ZERO), Some(secs(1))),
    (RetryHint::AtLeast(secs(30)), Some(secs(30))),
    (RetryHint::AtLeast(secs(61)), None),
    (RetryHint::Soft(Duration::ZERO), Some(secs(1))),
    (RetryHint::Soft(secs(7)), Some(secs(7))),
    (RetryHint::Soft(secs(30)), Some(secs(10))),
    (RetryHint::Soft(secs(61)), Some(secs(10))),
    (RetryHint::Soft(Duration::MAX), Some(secs(10))),
    (RetryHint::Never, None),
];

/// Returns the time that a call takes to succeed.
async fn waited(call: impl Future<Output = Result<u32, Failed>>) -> Option<Duration> {
    let start = Instant::now();
    let succeeded = call.await.is_ok();
    succeeded.then(|| start.elapsed())
}

fn fail_once(calls: &Calls, hint: RetryHint) -> Result<u32, Failed> {
    calls.fail_first(1).map_err(|_| limited(hint))
}

#[tokio::test(start_paused = true)]
async fn every_way_to_retry_reads_the_hint() {
    #[async_retry(PLAIN)]
    async fn by_kind(calls: &Calls, hint: RetryHint) -> Result<u32, Failed> {
        fail_once(calls, hint)
    }
    #[async_retry(PLAIN, retry_if = |_| true)]
    async fn by_predicate(calls: &Calls, hint: RetryHint) -> Result<u32, Failed> {
        fail_once(calls, hint)
    }
    #[async_retry(PLAIN, retry_if = |_| true, total_timeout = "1h", attempt_timeout = "1h")]
    async fn in_time(calls: &Calls, hint: RetryHint) -> Result<u32, Failed> {
        fail_once(calls, hint)
    }

    for (hint, expected) in WAITS {
        let calls = || Calls::new();
        assert_eq!(waited(by_kind(&calls(), hint)).await, expected, "{hint:?}");
        assert_eq!(waited(by_predicate(&calls(), hint)).await, expected, "{hint:?}");
        assert_eq!(waited(in_time(&calls(), hint)).await, expected, "{hint:?}");

        let calls = Calls::new();
        let run = PLAIN.run(|| ready(fail_once(&calls, hint)));
        assert_eq!(waited(run).await, expected, "run: {hint:?}");
        let calls = Calls::new();
        let run = PLAIN.run(|| ready(fail_once(&calls, hint))).retry_if(|_| true);
        assert_eq!(waited(run).await, expected, "retry_if: {hint:?}");
        let calls = Calls::new();
        let run = PLAIN.run_mut(async || fail_once(&calls, hint));
        assert_eq!(waited(run).await, expected, "run_mut: {hint:?}");

        let mut retries = PLAIN.retries("hints::retries");
        assert_eq!(retries.next(&limited(hint)), expected, "{hint:?}");
        let mut retries = PLAIN.retries("hints::retries");
        assert_eq!(retries.next_failure(FailureKind::Timeout, hint), expected, "{hint:?}");
    }
}

/// A predicate decides whether to retry. The wait and the kind still come from the error.
#[tokio::test(start_paused = true)]
async fn retry_if_keeps_the_hint_and_the_kind() {
    type Heard = Mutex<Option<(Duration, Option<FailureKind>)>>;

    fn hear(heard: &Heard, event: &Event<'_>) {
        if let Event::RetryScheduled { delay, kind, .. } = event {
            *heard.lock().unwrap() = Some((*delay, *kind));
        }
    }
    #[async_retry(
        PLAIN,
        retry_if = |error| error.failure_kind() == FailureKind::Bug,
        on_retry = |event| hear(heard, event),
    )]
    async fn plain(calls: &Calls, hint: RetryHint, heard: &Heard) -> Result<u32, Failed> {
        calls.fail_first(1).map_err(|_| Failed::Hinted(FailureKind::Bug, hint))
    }
    #[async_retry(PLAIN, retry_if = |_| true, on_retry = |event| hear(heard, event))]
    async fn derived(calls: &Calls, hint: RetryHint, heard: &Heard) -> Result<u32, Wrapped<Outer>> {
        let failed = calls.fail_first(1);
        failed.map_err(|_| Wrapped(Failed::Hinted(FailureKind::Bug, hint).into()))
    }

    for (hint, wait) in WAITS {
        let expected = wait.map(|wait| (wait, Some(FailureKind::Bug)));
        let heard = || Heard::default();
        let (of_plain, of_derived, of_run) = (heard(), heard(), heard());
        _ = plain(&Calls::new(), hint, &of_plain).await;
        _ = derived(&Calls::new(), hint, &of_derived).await;
        let calls = Calls::new();
        let error = |_| Failed::Hinted(FailureKind::Bug, hint);
        let run = PLAIN.run(|| ready(calls.fail_first(1).map_err(error)));
        _ = run.retry_if(|_| true).on_retry(|event| hear(&of_run, event)).await;
        for heard in [of_plain, of_derived, of_run] {
            assert_eq!(heard.into_inner().unwrap(), expected, "{hint:?}");
        }
    }
}

#[test]
fn a_synchronous_run_reads_the_hint() {
    // Without waits, because the run would sleep.
    let policy = PLAIN.base_delay(Duration::ZERO).max_delay(Duration::ZERO);
    for (hint, attempts) in [
        (RetryHint::None, 3),
        (RetryHint::Soft(secs(3600)), 3),
        (RetryHint::AtLeast(secs(61)), 1),
        (RetryHint::Never, 1),
    ] {
        let calls = Calls::new();
        let failing = || calls.fail_first(9).map_err(|_| limited(hint));
        policy.run_blocking(failing).call().unwrap_err();
        assert_eq!(calls.count(), attempts, "{hint:?}");
        policy.run_blocking(failing).retry_if(|_| true).call().unwrap_err();
        assert_eq!(calls.count(), 2 * attempts, "retry_if: {hint:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn never_ends_the_sequence_despite_a_predicate_and_keeps_the_kind() {
    #[async_retry(PLAIN, name = "hints::by_kind")]
    async fn by_kind(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(9).map_err(|_| limited(RetryHint::Never))
    }
    #[async_retry(PLAIN, name = "hints::by_predicate", retry_if = |_| true)]
    async fn by_predicate(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(9).map_err(|_| limited(RetryHint::Never))
    }

    let calls = Calls::new();
    end("nothing");
    by_kind(&calls).await.unwrap_err();
    by_predicate(&calls).await.unwrap_err();
    let run = PLAIN.run(|| ready(calls.fail_first(9).map_err(|_| limited(RetryHint::Never))));
    run.name("hints::run").retry_if(|_| true).await.unwrap_err();
    assert_eq!(calls.count(), 3);
    for operation in ["hints::by_kind", "hints::by_predicate", "hints::run"] {
        let expected = Some((Reason::RetryForbidden, Some(FailureKind::RateLimited)));
        assert_eq!(end(operation), expected, "{operation}");
    }
}

/// Kind and attempts are checked before the hint, and the budget after it.
#[tokio::test(start_paused = true)]
async fn the_hint_has_its_place_among_the_checks() {
    static BUDGET: RetryBudget = RetryBudget::new().initial(1).ratio(0.0);
    const NAME: &str = "hints::place";
    end("nothing");
    let never = |kind| Failed::Hinted(kind, RetryHint::Never);
    for (policy, kind, reason) in [
        (PLAIN, FailureKind::Bug, Reason::NotRetryable),
        (PLAIN.max_attempts(1), FailureKind::Timeout, Reason::AttemptsExhausted),
        (PLAIN.mode(Mode::Observe), FailureKind::Timeout, Reason::RetryForbidden),
        (PLAIN, FailureKind::Timeout, Reason::RetryForbidden),
    ] {
        assert_eq!(policy.retries(NAME).budget(&BUDGET).next(&never(kind)), None);
        assert_eq!(end(NAME), Some((reason, Some(kind))), "{policy:?}");
    }
    let mut retries = PLAIN.retries(NAME).total_timeout(Duration::ZERO).budget(&BUDGET);
    assert_eq!(retries.next(&never(FailureKind::Timeout)), None);
    assert_eq!(end(NAME).unwrap().0, Reason::RetryForbidden);
    assert!((BUDGET.balance() - 1.0).abs() < f64::EPSILON, "no token was taken");
}

#[tokio::test(start_paused = true)]
async fn the_key_replaces_a_wait_but_not_never() {
    #[async_retry(PLAIN, retry_after = |_| key)]
    async fn annotated(
        calls: &Calls,
        hint: RetryHint,
        key: Option<Duration>,
    ) -> Result<u32, Failed> {
        fail_once(calls, hint)
    }
    #[async_retry(PLAIN, retry_if = |_| true, retry_after = |_| key)]
    async fn judged(calls: &Calls, hint: RetryHint, key: Option<Duration>) -> Result<u32, Failed> {
        fail_once(calls, hint)
    }

    for (hint, key, expected) in [
        (RetryHint::AtLeast(secs(30)), None, Some(secs(1))),
        (RetryHint::AtLeast(secs(61)), None, Some(secs(1))),
        (RetryHint::AtLeast(secs(61)), Some(secs(20)), Some(secs(20))),
        (RetryHint::Soft(secs(7)), None, Some(secs(1))),
        (RetryHint::Soft(secs(7)), Some(secs(20)), Some(secs(20))),
        (RetryHint::Soft(secs(7)), Some(secs(61)), None),
        (RetryHint::None, Some(secs(20)), Some(secs(20))),
        (RetryHint::Never, None, None),
        (RetryHint::Never, Some(secs(20)), None),
        (RetryHint::Never, Some(secs(61)), None),
    ] {
        let context = format!("{hint:?} with the key {key:?}");
        assert_eq!(waited(annotated(&Calls::new(), hint, key)).await, expected, "{context}");
        assert_eq!(waited(judged(&Calls::new(), hint, key)).await, expected, "{context}");
        let calls = Calls::new();
        let run = PLAIN.run(|| ready(fail_once(&calls, hint))).retry_after(move |_| key);
        assert_eq!(waited(run).await, expected, "run: {context}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rejected_value_has_its_own_hint() {
    #[async_retry(
        PLAIN,
        retry_if_ok = |value| *value == 1,
        retry_after_ok = |value| { assert_eq!(*value, 1); key },
        retry_after = |_| unreachable!("only for errors")
    )]
    async fn annotated(calls: &Calls, key: Option<Duration>) -> Result<u32, Failed> {
        Ok(calls.next())
    }
    #[async_retry(
        PLAIN,
        total_timeout = "8s",
        retry_if_ok = |value| *value == 1,
        retry_after_ok = |value| Some(secs(9) * *value)
    )]
    async fn before_a_deadline(calls: &Calls) -> Result<u32, Failed> {
        Ok(calls.next())
    }

    for (key, expected, value) in [
        (None, secs(1), 2),
        (Some(Duration::ZERO), secs(1), 2),
        (Some(secs(20)), secs(20), 2),
        (Some(secs(60)), secs(60), 2),
        (Some(secs(61)), Duration::ZERO, 1),
    ] {
        let start = Instant::now();
        let outcome = annotated(&Calls::new(), key).await;
        assert_eq!((outcome.unwrap(), start.elapsed()), (value, expected), "{key:?}");
        let (calls, start) = (Calls::new(), Instant::now());
        let run = PLAIN.run(|| ready(Ok::<_, Failed>(calls.next())));
        let run = run.retry_if_ok(|value| *value == 1).retry_after_ok(move |_| key);
        assert_eq!((run.await.unwrap(), start.elapsed()), (value, expected), "run: {key:?}");
    }
    let start = Instant::now();
    assert_eq!(before_a_deadline(&Calls::new()).await.unwrap(), 1);
    assert_eq!(start.elapsed(), Duration::ZERO, "too little time for a wait of 9 s");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_limits_a_soft_hint() {
    #[async_retry(PLAIN, total_timeout = "8s")]
    async fn call(calls: &Calls, hint: RetryHint) -> Result<u32, Failed> {
        fail_once(calls, hint)
    }

    for (hint, expected) in [
        (RetryHint::Soft(secs(8)), Some(secs(8))),
        (RetryHint::Soft(secs(9)), Some(secs(1))),
        (RetryHint::Soft(Duration::MAX), Some(secs(1))),
        (RetryHint::AtLeast(secs(9)), None),
    ] {
        assert_eq!(waited(call(&Calls::new(), hint)).await, expected, "{hint:?}");
    }
    // Too little time is left even for the wait of the backoff.
    let mut retries = PLAIN.retries("hints::late").total_timeout(Duration::from_millis(999));
    assert_eq!(retries.next(&limited(RetryHint::Soft(secs(9)))), None);
}

/// `transparent` forwards both methods, through pointers and erased errors too.
#[derive(Debug, thiserror::Error, Retryable)]
enum Outer {
    #[error(transparent)]
    #[retry(transparent)]
    Inner(#[from] Failed),
    #[error(transparent)]
    #[retry(transparent)]
    Boxed(Box<Outer>),
    #[error(transparent)]
    #[retry(transparent)]
    Io(#[from] io::Error),
    #[error("slow down")]
    #[retry(rate_limited, after = wait)]
    After { wait: Option<Duration> },
    #[error("slow down")]
    #[retry(with = kind_of, after = wait_of)]
    Foreign(Failed),
    #[error("busy")]
    #[retry(unavailable)]
    Busy,
}

fn kind_of(_: &Failed) -> FailureKind {
    FailureKind::Unavailable
}

fn wait_of(error: &Failed) -> Option<Duration> {
    matches!(error, Failed::Hinted(..)).then_some(secs(20))
}

#[derive(Debug, thiserror::Error, Retryable)]
#[error(transparent)]
#[retry(transparent)]
struct Wrapped<E: Error>(E);

#[tokio::test(start_paused = true)]
async fn a_derived_error_forwards_the_hint() {
    #[async_retry(PLAIN)]
    async fn call(calls: &Calls, hint: RetryHint) -> Result<u32, Wrapped<Outer>> {
        fail_once(calls, hint).map_err(|error| Wrapped(error.into()))
    }

    for (hint, _) in WAITS {
        let duration = hint.duration();
        let answer = |error: &dyn Retryable| (error.retry_hint(), error.retry_after());
        // The error inside implements only the hint.
        assert_eq!(answer(&Outer::from(limited(hint))), (hint, None));
        let boxed = Outer::Boxed(Box::new(limited(hint).into()));
        assert_eq!(answer(&boxed), (hint, None));
        assert_eq!(answer(&Wrapped(boxed)), (hint, None));
        let at_least = RetryHint::from(duration);
        assert_eq!(answer(&Outer::After { wait: duration }), (at_least, duration));
        let foreign = Outer::Foreign(limited(hint));
        assert_eq!(answer(&foreign), (RetryHint::AtLeast(secs(20)), Some(secs(20))));
    }
    let none = [Outer::Busy, io::Error::from(io::ErrorKind::TimedOut).into()];
    assert!(none.iter().all(|error| error.retry_hint() == RetryHint::None));

    for (hint, expected) in WAITS {
        let outcome = async { call(&Calls::new(), hint).await.map_err(|_| limited(hint)) };
        assert_eq!(waited(outcome).await, expected, "{hint:?}");
    }
}

const fn respecting(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name)
        .failure_threshold(1)
        .recovery_timeout(secs(5))
        .respect_retry_after(secs(600))
}

/// An error that forbids retries and has a time after which to call again.
#[derive(Debug, thiserror::Error)]
#[error("closed until tomorrow")]
struct Closed;

impl Retryable for Closed {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Unavailable
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(secs(300))
    }

    fn retry_hint(&self) -> RetryHint {
        RetryHint::Never
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_counts_each_failure_and_reads_the_duration_of_its_hint() {
    static BY_KIND: CircuitBreaker = respecting("hints by kind");
    static BY_PREDICATE: CircuitBreaker = respecting("hints by predicate");

    #[circuit_breaker(BY_KIND)]
    #[async_retry(PLAIN, max_attempts = 1)]
    async fn by_kind(hint: RetryHint) -> Result<u32, Failed> {
        Err(limited(hint))
    }
    #[circuit_breaker(BY_PREDICATE, failure_if = |_| true)]
    async fn by_predicate(hint: RetryHint) -> Result<u32, Failed> {
        Err(limited(hint))
    }

    for (hint, open_for) in [
        (RetryHint::None, secs(5)),
        (RetryHint::AtLeast(secs(30)), secs(30)),
        (RetryHint::Soft(secs(40)), secs(40)),
        (RetryHint::Soft(secs(4000)), secs(600)),
        (RetryHint::Never, secs(5)),
    ] {
        by_kind(hint).await.unwrap_err();
        by_predicate(hint).await.unwrap_err();
        let by_hand = respecting("hints by hand");
        by_hand.try_acquire().unwrap().record(&Err::<(), _>(limited(hint)));
        let called = respecting("hints called");
        called.call(|| ready(Err::<(), _>(limited(hint)))).await.unwrap_err();
        for breaker in [&BY_KIND, &BY_PREDICATE, &by_hand, &called] {
            assert_eq!(breaker.state(), CircuitState::Open, "{hint:?}");
            assert_eq!(breaker.snapshot().retry_in, Some(open_for), "{breaker:?}: {hint:?}");
            breaker.reset();
        }
    }
    let closed = respecting("hints closed");
    closed.try_acquire().unwrap().record(&Err::<(), _>(Closed));
    assert_eq!(closed.snapshot().retry_in, Some(secs(300)));
    assert_eq!(PLAIN.retries("hints::closed").next(&Closed), None);
}

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::from_nanos(1)),
        Just(Duration::MAX),
        (0..200_000_u64).prop_map(Duration::from_millis),
        (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(s, ns)| Duration::new(s, ns)),
    ]
}

fn hints() -> impl Strategy<Value = RetryHint> {
    prop_oneof![
        3 => Just(RetryHint::None),
        3 => durations().prop_map(RetryHint::AtLeast),
        3 => durations().prop_map(RetryHint::Soft),
        1 => Just(RetryHint::Never),
    ]
}

prop_compose! {
    /// Generates valid policies.
    fn policies()(
        one in durations(),
        other in durations(),
        max_retry_after in durations(),
        exponential_base in prop_oneof![Just(1.0), Just(2.0), Just(f64::MAX), 1.0..4.0_f64],
        jitter in prop::sample::select(
            &[Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated][..]
        ),
        max_attempts in prop_oneof![1..8_u32, Just(u32::MAX)],
    ) -> RetryConfig {
        RetryConfig::new()
            .base_delay(one.min(other))
            .max_delay(one.max(other))
            .max_retry_after(max_retry_after)
            .exponential_base(exponential_base)
            .jitter(jitter)
            .max_attempts(max_attempts)
    }
}

/// A runtime whose clock stands still.
fn paused() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

proptest! {
    /// Each wait is within its bounds. Only a hard hint or the total timeout ends the retry
    /// sequence early.
    #[test]
    fn waits_keep_their_bounds(
        policy in policies(),
        hints in prop::collection::vec(hints(), 1..12),
        total in prop::option::of((0..400_000_u64).prop_map(Duration::from_millis)),
    ) {
        prop_assert_eq!(policy.check(), Ok(()));
        let runtime = paused();
        let _clock = runtime.enter();
        let mut retries = policy.retries("hints::any");
        if let Some(total) = total {
            retries = retries.total_timeout(total);
        }
        // The clock stands still, so the whole total timeout is left.
        let left = total.unwrap_or(Duration::MAX);
        let spread = if policy.jitter == Jitter::None { Duration::ZERO } else { policy.base_delay };
        let soft_floor = |hint: Duration| hint.min(policy.max_delay);
        for (attempt, hint) in (1..).zip(hints) {
            let wait = retries.next_failure(FailureKind::RateLimited, hint);
            if attempt >= policy.max_attempts || hint == RetryHint::Never {
                prop_assert_eq!(wait, None);
                break;
            }
            let Some(wait) = wait else {
                let too_long = matches!(hint, RetryHint::AtLeast(it) if it > policy.max_retry_after);
                prop_assert!(too_long || total.is_some(), "{hint:?} ended the sequence");
                break;
            };
            prop_assert!(wait <= left);
            let (least, most) = match hint {
                RetryHint::AtLeast(hint) => {
                    prop_assert!(hint <= policy.max_retry_after);
                    (hint, hint.saturating_add(spread))
                }
                RetryHint::Soft(hint) if soft_floor(hint).saturating_add(spread) <= left => {
                    (soft_floor(hint), soft_floor(hint).saturating_add(spread))
                }
                // Too little time may be left for the floor.
                RetryHint::Soft(hint) => (Duration::ZERO, soft_floor(hint).saturating_add(spread)),
                RetryHint::None | RetryHint::Never => (Duration::ZERO, Duration::ZERO),
            };
            prop_assert!(wait >= least, "{wait:?} after {hint:?}");
            prop_assert!(wait <= most.max(policy.max_delay), "{wait:?} after {hint:?}");
        }
    }

    /// A soft hint does not end a retry sequence that would continue without hints.
    #[test]
    fn a_soft_hint_never_ends_a_sequence(
        policy in policies(),
        soft in prop::collection::vec(durations(), 1..12),
        total in prop::option::of((0..400_000_u64).prop_map(Duration::from_millis)),
    ) {
        // Without jitter, a wait does not depend on the previous one.
        let policy = policy.jitter(Jitter::None);
        let runtime = paused();
        let _clock = runtime.enter();
        let begin = |name: &'static str| match total {
            Some(total) => policy.retries(name).total_timeout(total),
            None => policy.retries(name),
        };
        let (mut plain, mut hinted) = (begin("hints::plain"), begin("hints::hinted"));
        for hint in soft {
            let alone = plain.next_failure(FailureKind::Timeout, None);
            let wait = hinted.next_failure(FailureKind::Timeout, RetryHint::Soft(hint));
            prop_assert_eq!(alone.is_some(), wait.is_some());
            prop_assert!(alone <= wait);
        }
    }
}
