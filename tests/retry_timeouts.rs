//! `attempt_timeout` and `total_timeout`.

mod common;

use std::error::Error;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use retry_utils::{
    CircuitBreaker, CircuitOpen, CircuitState, FailureKinds, Jitter, RetryConfig, STANDARD,
    TimedOut, async_retry, circuit_breaker,
};
use tokio::time::{Instant, sleep};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Counts how often it is dropped.
struct Dropped<'a>(&'a AtomicU32);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_dropped_before_the_wait() {
    #[async_retry(PLAIN, max_attempts = 2, attempt_timeout = "3s", on_retry = |_| {
        assert_eq!(dropped.load(Ordering::SeqCst), 1, "dropped before the hook");
    })]
    async fn hang(dropped: &AtomicU32) -> Result<u32, Failed> {
        let _guard = Dropped(dropped);
        std::future::pending().await
    }

    let (start, dropped) = (Instant::now(), AtomicU32::new(0));
    let Err(Failed::TimedOut(timed_out)) = hang(&dropped).await else { panic!("not timed out") };
    assert_eq!((timed_out.limit(), timed_out.is_total()), (ms(3000), false));
    assert_eq!(start.elapsed(), ms(3000 + 1000 + 3000));
    assert_eq!(dropped.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn hooks_may_change_what_the_limit_is_read_from() {
    #[async_retry(PLAIN, attempt_timeout = *limit.lock().unwrap(), on_retry = |_| {
        *limit.lock().unwrap() *= 2;
    })]
    async fn hang(limit: &Mutex<Duration>) -> Result<u32, Failed> {
        assert!(limit.try_lock().is_ok(), "the limit is read before the attempt");
        std::future::pending().await
    }

    let limit = Mutex::new(ms(1000));
    let Err(Failed::TimedOut(timed_out)) = hang(&limit).await else { panic!("not timed out") };
    assert_eq!(timed_out.limit(), ms(4000));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_may_be_absent() {
    struct Client {
        attempt: Option<Duration>,
        total: Option<Duration>,
    }
    impl Client {
        #[async_retry(PLAIN, attempt_timeout = self.attempt, total_timeout = self.total)]
        async fn slow(&self, calls: &Calls) -> Result<u32, Failed> {
            calls.next();
            sleep(ms(4000)).await;
            Ok(7)
        }
    }

    let limit = Some(ms(1500));
    for (attempt, total, calls_made, time) in [
        (None, None, 1, 4000),
        (limit, None, 3, 1500 + 1000 + 1500 + 2000 + 1500),
        (None, limit, 1, 1500),
        (limit, Some(ms(3000)), 2, 3000),
    ] {
        let (start, calls) = (Instant::now(), Calls::new());
        let outcome = Client { attempt, total }.slow(&calls).await;
        let is_limited = attempt.or(total).is_some();
        assert_eq!(outcome.is_err(), is_limited, "{outcome:?}");
        assert_eq!((calls.count(), start.elapsed()), (calls_made, ms(time)));
    }
}

#[tokio::test(start_paused = true)]
async fn it_counts_as_a_timeout_despite_the_error_and_retry_if() {
    // An error without a classification, so only the timeout makes it retryable.
    struct Own(String);
    impl std::fmt::Display for Own {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(&self.0)
        }
    }
    impl From<retry_utils::TimedOut> for Own {
        fn from(timed_out: retry_utils::TimedOut) -> Self {
            Self(timed_out.to_string())
        }
    }

    #[async_retry(policy, attempt_timeout = "1s", retry_if = |_| unreachable!("not called"))]
    async fn hang(policy: &RetryConfig, calls: &Calls) -> Result<u32, Own> {
        calls.next();
        std::future::pending().await
    }

    for (policy, expected) in [(PLAIN, 3), (PLAIN.retry_on(FailureKinds::NONE), 1)] {
        let calls = Calls::new();
        let error = hang(&policy, &calls).await.map(drop).unwrap_err();
        assert!(error.0.contains("timed out"), "{}", error.0);
        assert_eq!(calls.count(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn no_wait_begins_that_would_end_past_the_total_timeout() {
    #[async_retry(PLAIN, max_attempts = 9, total_timeout = "3500ms")]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        sleep(ms(100)).await;
        calls.next();
        Err(TRANSIENT)
    }

    // 100 + 1000 + 100 + 2000 + 100 = 3300. The next wait of 4 s would end past 3500.
    let (start, calls) = (Instant::now(), Calls::new());
    assert!(matches!(call(&calls).await, Err(Failed::Kind(_))), "the last error, not the timeout");
    assert_eq!((calls.count(), start.elapsed()), (3, ms(3300)));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_runs_at_the_total_timeout_is_dropped() {
    #[async_retry(PLAIN, total_timeout = "2s")]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)?;
        std::future::pending().await
    }

    let (start, calls) = (Instant::now(), Calls::new());
    let Err(Failed::TimedOut(timed_out)) = call(&calls).await else { panic!("not timed out") };
    assert!(timed_out.is_total());
    assert_eq!((calls.count(), start.elapsed()), (2, ms(2000)));
}

#[tokio::test(start_paused = true)]
async fn the_earlier_of_both_timeouts_counts() {
    #[async_retry(PLAIN, attempt_timeout = "1500ms", total_timeout = Duration::from_secs(3))]
    async fn hang(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        std::future::pending().await
    }

    // An attempt of 1500 and a wait of 1000 leave only 500.
    let (start, calls) = (Instant::now(), Calls::new());
    let Err(Failed::TimedOut(timed_out)) = hang(&calls).await else { panic!("not timed out") };
    assert!(timed_out.is_total());
    assert_eq!((calls.count(), start.elapsed()), (2, ms(3000)));
}

#[tokio::test(start_paused = true)]
async fn a_hint_past_the_total_timeout_ends_the_sequence_immediately() {
    #[async_retry(PLAIN, total_timeout = "5s")]
    async fn call() -> Result<u32, Failed> {
        Err(Failed::SlowDown(ms(5001)))
    }

    let start = Instant::now();
    assert!(matches!(call().await, Err(Failed::SlowDown(_))));
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_time_is_returned() {
    #[async_retry(PLAIN, attempt_timeout = "1s", total_timeout = "1s")]
    async fn call() -> Result<u32, Failed> {
        sleep(ms(999)).await;
        Ok(1)
    }

    assert_eq!(call().await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn run_takes_the_same_settings() {
    let (start, calls) = (Instant::now(), Calls::new());
    let heard = AtomicU32::new(0);
    let outcome: Result<u32, Failed> = PLAIN
        .run(|| async {
            if calls.next() == 1 { std::future::pending().await } else { calls.fail_first(2) }
        })
        .name("run")
        .attempt_timeout(ms(500))
        .total_timeout(Duration::from_secs(60))
        .retry_after(|_| Some(ms(1500)))
        .retry_if_ok(|value| *value < 99)
        .on_retry(|_| _ = heard.fetch_add(1, Ordering::Relaxed))
        .await;
    // A timeout, then a rejected value, then a good one.
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(heard.into_inner(), 2);
    assert!(start.elapsed() >= ms(500 + 1000 + 2000), "{:?}", start.elapsed());

    let spawned = tokio::spawn(async {
        let calls = Calls::new();
        PLAIN.run(|| async { calls.fail_first(2) }).retry_if(|_| true).await
    });
    assert_eq!(spawned.await.unwrap().unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_counts_an_attempt_if_its_permit_was_held_for_half_of_the_timeout() {
    #[async_retry(PLAIN, max_attempts = 1, attempt_timeout = "1s")]
    async fn late(breaker: &CircuitBreaker, elsewhere: Duration) -> Result<u32, Failed> {
        tokio::time::sleep(elsewhere).await;
        breaker.call(std::future::pending).await
    }
    for (elsewhere, state) in [(500, CircuitState::Open), (501, CircuitState::Closed)] {
        let breaker = CircuitBreaker::new("late").failure_threshold(1);
        late(&breaker, ms(elsewhere)).await.unwrap_err();
        assert_eq!(breaker.state(), state, "{elsewhere} ms elsewhere");
    }
}

#[tokio::test(start_paused = true)]
async fn a_boxed_error_can_hold_rejections_and_timeouts() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new("boxed").failure_threshold(1);

    #[circuit_breaker(BREAKER)]
    #[async_retry(PLAIN, attempt_timeout = "1s")]
    async fn call(calls: &Calls) -> Result<u32, Box<dyn Error + Send>> {
        let _ = calls.fail_first(0);
        std::future::pending().await
    }

    let calls = Calls::new();
    assert!(call(&calls).await.unwrap_err().is::<TimedOut>());
    assert_eq!(calls.count(), 3);
    assert!(call(&calls).await.unwrap_err().is::<CircuitOpen>());
    assert_eq!(calls.count(), 3);
}
