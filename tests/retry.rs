//! `#[async_retry]` after a failure: attempts, waits, hints, predicates and modes.

mod common;

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::{Calls, Failed, PERMANENT, TRANSIENT};
use retry_utils::observe::Event;
use retry_utils::{
    AGGRESSIVE, FailureKind, FailureKinds, Jitter, Mode, RetryConfig, STANDARD, async_retry,
};
use tokio::time::Instant;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Polls a future once, outside of any runtime.
fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test(start_paused = true)]
async fn max_attempts_counts_every_call() {
    #[async_retry(PLAIN, max_attempts = 4)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(u32::MAX)
    }

    let calls = Calls::new();
    call(&calls).await.unwrap_err();
    assert_eq!(calls.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn waits_double_up_to_the_maximum() {
    #[async_retry(AGGRESSIVE, jitter = Jitter::None, max_delay = "3s")]
    async fn call(times: &Mutex<Vec<Instant>>) -> Result<u32, Failed> {
        times.lock().unwrap().push(Instant::now());
        Err(TRANSIENT)
    }

    let times = Mutex::default();
    call(&times).await.unwrap_err();
    let times = times.into_inner().unwrap();
    let waits: Vec<_> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    assert_eq!(waits, [1000, 2000, 3000, 3000]);
}

#[tokio::test(start_paused = true)]
async fn jitter_only_shortens() {
    #[async_retry(max_attempts = 2)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }

    for _ in 0..50 {
        let start = Instant::now();
        call(&Calls::new()).await.unwrap();
        // tokio's timer rounds up to milliseconds.
        assert!(start.elapsed() <= ms(1001), "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_hint_is_a_floor_that_may_exceed_the_maximum() {
    #[async_retry(PLAIN)]
    async fn call(calls: &Calls, hint: Duration) -> Result<u32, Failed> {
        calls.fail_first(1).map_err(|_| Failed::SlowDown(hint))
    }

    for (hint, waited) in [(ms(200), ms(1000)), (ms(2500), ms(2500)), (ms(30_000), ms(30_000))] {
        let start = Instant::now();
        call(&Calls::new(), hint).await.unwrap();
        assert_eq!(start.elapsed(), waited, "a hint of {hint:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hint_that_is_too_long_ends_the_sequence_immediately() {
    #[async_retry(PLAIN)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(Failed::SlowDown(ms(60_001)))
    }

    let (calls, start) = (Calls::new(), Instant::now());
    assert!(matches!(call(&calls).await, Err(Failed::SlowDown(_))));
    assert_eq!((calls.count(), start.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn only_the_kinds_of_the_policy_are_retried() {
    #[async_retry(PLAIN)]
    async fn by_default(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(PERMANENT)
    }
    #[async_retry(PLAIN, retry_on = FailureKinds::of(FailureKind::InvalidRequest))]
    async fn overridden(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(PERMANENT)
    }

    let calls = Calls::new();
    by_default(&calls).await.unwrap_err();
    assert_eq!(calls.count(), 1);
    overridden(&calls).await.unwrap_err();
    assert_eq!(calls.count(), 1 + 3);
}

#[tokio::test(start_paused = true)]
async fn the_last_error_comes_back_unchanged() {
    #[async_retry(PLAIN, retry_if = |_| true)]
    async fn call(calls: &Calls) -> Result<u32, String> {
        Err(format!("error {}", calls.next()))
    }

    assert_eq!(call(&Calls::new()).await.unwrap_err(), "error 3");
}

#[tokio::test(start_paused = true)]
async fn a_rejected_value_is_retried_and_the_last_one_is_returned() {
    #[async_retry(PLAIN, retry_if_ok = |value| *value < wanted)]
    async fn call(calls: &Calls, wanted: u32) -> Result<u32, Failed> {
        Ok(calls.next())
    }

    assert_eq!(call(&Calls::new(), 2).await.unwrap(), 2);
    assert_eq!(call(&Calls::new(), 99).await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn retry_if_decides_instead_of_the_classification() {
    #[async_retry(PLAIN, retry_if = |error| matches!(error, Failed::Kind(FailureKind::Bug)))]
    async fn call(calls: &Calls, kind: FailureKind) -> Result<u32, Failed> {
        calls.next();
        Err(Failed::Kind(kind))
    }

    for (kind, expected) in [(FailureKind::Bug, 3), (FailureKind::Timeout, 1)] {
        let calls = Calls::new();
        call(&calls, kind).await.unwrap_err();
        assert_eq!(calls.count(), expected, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_replaces_the_hint_of_the_error() {
    #[async_retry(PLAIN, retry_after = |_| Some(ms(4000)))]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1).map_err(|_| Failed::SlowDown(ms(9000)))
    }

    let start = Instant::now();
    call(&Calls::new()).await.unwrap();
    assert_eq!(start.elapsed(), ms(4000));
}

#[tokio::test(start_paused = true)]
async fn the_hook_gets_each_retry_before_its_wait() {
    type Heard = Mutex<Vec<(Instant, String, u32, u32, Option<FailureKind>, Duration)>>;

    #[async_retry(PLAIN, name = "fetch", on_retry = |event| {
        if let Event::RetryScheduled { operation, attempt, max_attempts, kind, delay, .. } = event {
            let fields = (Instant::now(), operation.to_string(), *attempt, *max_attempts, *kind, *delay);
            heard.lock().unwrap().push(fields);
        }
    })]
    async fn call(calls: &Calls, heard: &Heard) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    let (start, heard) = (Instant::now(), Heard::default());
    call(&Calls::new(), &heard).await.unwrap_err();
    let kind = Some(FailureKind::Unavailable);
    assert_eq!(
        heard.into_inner().unwrap(),
        [
            (start, "fetch".into(), 1, 3, kind, ms(1000)),
            (start + ms(1000), "fetch".into(), 2, 3, kind, ms(2000)),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_attempt_is_bound_from_one() {
    #[async_retry(PLAIN, attempt = n)]
    async fn call(seen: &Mutex<Vec<u32>>) -> Result<u32, Failed> {
        seen.lock().unwrap().push(n);
        Err(TRANSIENT)
    }

    let seen = Mutex::default();
    call(&seen).await.unwrap_err();
    assert_eq!(seen.into_inner().unwrap(), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn observe_and_off_make_one_attempt() {
    #[async_retry(policy)]
    async fn call(policy: &RetryConfig, calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }

    for mode in [Mode::Observe, Mode::Off] {
        let calls = Calls::new();
        call(&PLAIN.mode(mode), &calls).await.unwrap_err();
        assert_eq!(calls.count(), 1, "{mode}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_computes_the_waits() {
    const fn linear(retry: u32) -> Duration {
        Duration::from_millis(retry as u64 * 300)
    }

    #[async_retry(PLAIN, max_attempts = 5, backoff = linear, max_delay = "700ms")]
    async fn by_path(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    #[async_retry(PLAIN.max_attempts(4), base_delay = "1h", backoff = |retry| 2 * linear(retry))]
    async fn by_closure(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    // An argument of the same name is not captured.
    #[async_retry(PLAIN, backoff = |retry| linear(retry))]
    #[allow(clippy::redundant_closure, reason = "the test is about closures")]
    async fn by_name(retry: &Calls) -> Result<u32, Failed> {
        retry.fail_first(9)
    }

    struct Client(fn(u32) -> Duration);
    impl Client {
        #[async_retry(PLAIN.clone(), backoff = self.0)]
        async fn by_field(&self, calls: &Calls) -> Result<u32, Failed> {
            calls.fail_first(9)
        }
    }

    let (calls, began) = (Calls::new(), Instant::now());
    by_path(&calls).await.unwrap_err();
    assert_eq!((calls.count(), began.elapsed()), (5, ms(300 + 600 + 700 + 700)));
    let (calls, began) = (Calls::new(), Instant::now());
    by_closure(&calls).await.unwrap_err();
    assert_eq!((calls.count(), began.elapsed()), (4, ms(600 + 1200 + 1800)));
    let (calls, began) = (Calls::new(), Instant::now());
    by_name(&calls).await.unwrap_err();
    assert_eq!((calls.count(), began.elapsed()), (3, ms(300 + 600)));
    let (calls, began) = (Calls::new(), Instant::now());
    Client(linear).by_field(&calls).await.unwrap_err();
    assert_eq!((calls.count(), began.elapsed()), (3, ms(300 + 600)));
    // A hint is still a floor, and so is its jitter.
    let policy = PLAIN.backoff(linear);
    let mut retries = policy.retries("hinted");
    assert_eq!(retries.next(&Failed::SlowDown(ms(450))), Some(ms(450)));
    assert_eq!(retries.next(&Failed::SlowDown(ms(450))), Some(ms(600)));
}

#[test]
fn a_first_success_needs_no_runtime() {
    #[async_retry]
    async fn call() -> Result<u32, Failed> {
        Ok(7)
    }

    assert!(matches!(poll_once(call()), Poll::Ready(Ok(7))));
}

#[test]
fn a_wait_of_zero_needs_no_runtime() {
    #[async_retry(PLAIN, base_delay = "0s")]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(2)
    }

    assert!(matches!(poll_once(call(&Calls::new())), Poll::Ready(Ok(3))));
}

#[test]
#[should_panic(expected = "no reactor running")]
fn a_wait_outside_of_a_runtime_panics() {
    #[async_retry(PLAIN)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(2)
    }

    let _ = poll_once(call(&Calls::new()));
}

#[tokio::test(start_paused = true)]
async fn a_panic_passes_through() {
    #[async_retry(PLAIN)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        assert!(calls.next() < 2, "a bug in the second attempt");
        Err(TRANSIENT)
    }

    let panicked = tokio::spawn(async { call(&Calls::new()).await }).await.unwrap_err();
    assert!(panicked.is_panic());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_during_a_wait_makes_no_other_attempt() {
    #[async_retry(PLAIN)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(2)
    }

    let calls = Calls::new();
    assert!(tokio::time::timeout(ms(500), call(&calls)).await.is_err());
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(calls.count(), 1);
}

/// Returns the attempts of a call that fails.
async fn attempts(calls: &Calls, call: impl Future<Output = Result<u32, Failed>> + Send) -> u32 {
    call.await.unwrap_err();
    calls.count()
}

const READS: RetryConfig = PLAIN.max_attempts(4);
static WRITES: RetryConfig = PLAIN.max_attempts(2);

#[tokio::test(start_paused = true)]
async fn a_policy_may_be_chosen_by_if() {
    #[async_retry(if *safe { &READS } else { &WRITES })]
    async fn call(calls: &Calls, safe: &bool) -> Result<u32, Failed> {
        calls.fail_first(9)
    }
    #[async_retry(if let [own, ..] = own { own } else { &WRITES }, retry_on = FailureKinds::ALL)]
    async fn call_with(calls: &Calls, own: &[RetryConfig]) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    for (safe, expected) in [(true, 4), (false, 2)] {
        let calls = Calls::new();
        assert_eq!(attempts(&calls, call(&calls, &safe)).await, expected);
    }
    for (own, expected) in [(&[READS][..], 4), (&[], 2)] {
        let calls = Calls::new();
        assert_eq!(attempts(&calls, call_with(&calls, own)).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_be_chosen_by_match() {
    #[async_retry(match method { "GET" | "HEAD" => &READS, _ => &WRITES })]
    async fn call(calls: &Calls, method: &str) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    for (method, expected) in [("HEAD", 4), ("POST", 2)] {
        let calls = Calls::new();
        assert_eq!(attempts(&calls, call(&calls, method)).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_be_made_by_a_block() {
    #[async_retry({ let attempts = retries + 1; PLAIN.max_attempts(attempts) })]
    async fn by_value(calls: &Calls, retries: u32) -> Result<u32, Failed> {
        calls.fail_first(9)
    }
    #[async_retry({ let _ = retries; &WRITES })]
    async fn by_reference(calls: &Calls, retries: u32) -> Result<u32, Failed> {
        calls.fail_first(9)
    }

    let calls = Calls::new();
    assert_eq!(attempts(&calls, by_value(&calls, 4)).await, 5);
    let calls = Calls::new();
    assert_eq!(attempts(&calls, by_reference(&calls, 4)).await, 2);
}

#[tokio::test(start_paused = true)]
async fn closures_may_have_type_annotations() {
    type Answers = HashMap<u32, u32>;

    #[async_retry(PLAIN, retry_if_ok = |answers: &HashMap<u32, u32>| answers.len() < 2, max_attempts = 5)]
    async fn by_parameter(calls: &Calls) -> Result<Answers, Failed> {
        let call = calls.fail_first(1)?;
        Ok((1..call).map(|key| (key, key)).collect())
    }
    #[async_retry(
        PLAIN,
        retry_if = |error: &Failed| -> bool { matches!(error, Failed::SlowDown(_)) },
        retry_after = |_| -> Option<Duration> { Option::<Duration>::Some(ms(4000)) },
        on_retry = |event: &Event<'_>| drop(event.clone()),
        max_attempts = 2
    )]
    async fn by_result(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(Failed::SlowDown(ms(1)))
    }

    let calls = Calls::new();
    assert_eq!(by_parameter(&calls).await.unwrap().len(), 2);
    assert_eq!(calls.count(), 3);
    let (calls, start) = (Calls::new(), Instant::now());
    by_result(&calls).await.unwrap_err();
    assert_eq!((calls.count(), start.elapsed()), (2, ms(4000)));
}

/// Constants whose paths have a segment that is also the name of an argument.
mod config {
    use super::{PLAIN, RetryConfig};

    pub(crate) const MAX: u32 = 4;
    pub(crate) const POLICY: RetryConfig = PLAIN.max_attempts(2);

    pub(crate) mod limits {
        pub(crate) const MAX: u32 = 5;
    }
}

#[tokio::test(start_paused = true)]
async fn a_constant_may_share_a_segment_with_an_argument() {
    struct Config(u32);

    #[async_retry(PLAIN, max_attempts = crate::config::MAX)]
    async fn by_value(calls: &Calls, config: &Config) -> Result<u32, Failed> {
        calls.fail_first(config.0)
    }
    #[async_retry(config::POLICY)]
    async fn by_policy(calls: &Calls, config: &Config) -> Result<u32, Failed> {
        calls.fail_first(config.0)
    }
    #[async_retry(PLAIN, max_attempts = config::limits::MAX)]
    async fn by_module(calls: &Calls, config: &Config, limits: u32) -> Result<u32, Failed> {
        calls.fail_first(config.0 + limits)
    }

    let calls = Calls::new();
    assert_eq!(attempts(&calls, by_value(&calls, &Config(9))).await, 4);
    let calls = Calls::new();
    assert_eq!(attempts(&calls, by_policy(&calls, &Config(9))).await, 2);
    let calls = Calls::new();
    assert_eq!(attempts(&calls, by_module(&calls, &Config(9), 9)).await, 5);
}

#[tokio::test(start_paused = true)]
async fn hooks_and_predicates_see_the_callers_argument() {
    #[async_retry(PLAIN, clone(tag), on_retry = |_| heard.lock().unwrap().push(tag.clone()))]
    async fn changed(
        calls: &Calls,
        heard: &Mutex<Vec<String>>,
        mut tag: String,
    ) -> Result<String, Failed> {
        tag.push('x');
        calls.fail_first(2)?;
        Ok(tag)
    }
    #[async_retry(PLAIN, clone(tag), on_retry = |_| assert_eq!(tag, "a"), retry_if = |_| tag == "a")]
    async fn moved(calls: &Calls, tag: String) -> Result<Vec<u8>, Failed> {
        calls.fail_first(2)?;
        Ok(tag.into_bytes())
    }
    #[async_retry(PLAIN, clone(limit), retry_if_ok = |value| *value < limit)]
    async fn compared(calls: &Calls, mut limit: u32) -> Result<u32, Failed> {
        limit += 9;
        Ok(calls.next() + limit - 11)
    }

    let heard = Mutex::default();
    assert_eq!(changed(&Calls::new(), &heard, "a".to_owned()).await.unwrap(), "ax");
    assert_eq!(heard.into_inner().unwrap(), ["a", "a"]);
    assert_eq!(moved(&Calls::new(), "a".to_owned()).await.unwrap(), b"a");
    // The limit of the caller is 2, and that of an attempt is 11.
    assert_eq!(compared(&Calls::new(), 2).await.unwrap(), 2);
}

/// An error that is neither `Display` nor `Retryable`.
#[derive(Debug)]
struct Mute;

#[tokio::test(start_paused = true)]
async fn retry_if_decides_about_unclassified_errors() {
    #[async_retry(PLAIN, retry_if = |_: &Mute| true)]
    async fn call(calls: &Calls) -> Result<u32, Mute> {
        calls.fail_first(2).map_err(|_| Mute)
    }

    assert_eq!(call(&Calls::new()).await.unwrap(), 3);
}
