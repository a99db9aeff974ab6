//! Bugs of other libraries, each with a test that keeps it out of this one.
//!
//! Bugs 12 to 15 concern count windows, state gauges and retry budgets. Their tests are with the
//! other tests of these.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use retry_utils::{
    CircuitBreaker, CircuitState, Jitter, RetryConfig, STANDARD, async_retry, circuit_breaker,
};
use tokio::time::{Instant, advance, sleep};

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

const R: Duration = Duration::from_secs(10);

// 1. A `?` or `return` in the body left the function, and nothing was ever retried.
#[tokio::test(start_paused = true)]
async fn m01_question_mark_and_return_end_the_attempt_only() {
    #[async_retry(PLAIN)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        if calls.count() == 0 {
            calls.next();
            return Err(TRANSIENT);
        }
        let call = calls.fail_first(2)?;
        Ok(call)
    }

    assert_eq!(call(&Calls::new()).await.unwrap(), 3);
}

// 2. A public helper method appeared next to the user's, and other attributes applied to both.
mod m02 {
    use super::{Calls, Failed, PLAIN, async_retry};

    pub(super) trait Fetch {
        async fn fetch(&self, calls: &Calls) -> Result<u32, Failed>;
    }

    pub(super) struct Client;

    // The implementation of a trait cannot have further methods.
    impl Fetch for Client {
        #[async_retry(PLAIN)]
        async fn fetch(&self, calls: &Calls) -> Result<u32, Failed> {
            calls.fail_first(1)
        }
    }
}

#[tokio::test(start_paused = true)]
async fn m02_no_sibling_appears() {
    use m02::Fetch;
    assert_eq!(m02::Client.fetch(&Calls::new()).await.unwrap(), 2);
}

// 3. Owned arguments with `?` were impossible. `&mut self` and trait methods were rejected.
#[tokio::test(start_paused = true)]
async fn m03_owned_arguments_and_mutable_receivers() {
    struct Client(u32);
    impl Client {
        #[async_retry(PLAIN, clone(prompt))]
        async fn call(&mut self, calls: &Calls, prompt: String) -> Result<String, Failed> {
            self.0 += 1;
            calls.fail_first(2)?;
            Ok(prompt)
        }
    }

    let mut client = Client(0);
    assert_eq!(client.call(&Calls::new(), "hello".into()).await.unwrap(), "hello");
    assert_eq!(client.0, 3);
}

// 4. "Three attempts" made four calls.
#[tokio::test(start_paused = true)]
async fn m04_three_attempts_are_three_calls() {
    let calls = Calls::new();
    let _ = PLAIN.max_attempts(3).run(|| async { calls.fail_first(99) }).await;
    assert_eq!(calls.count(), 3);
}

// 5. Jitter was added to the capped delay. A maximum below the base was accepted silently.
#[test]
fn m05_jitter_stays_below_the_cap() {
    let cap = Duration::from_secs(3);
    for jitter in [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
        let policy = STANDARD.max_attempts(2000).max_delay(cap).jitter(jitter);
        assert!(policy.delays().all(|delay| delay <= cap), "{jitter:?}");
    }
    assert_eq!(STANDARD.max_delay(Duration::ZERO).check().unwrap_err().place(), "max_delay");
}

// 6. The server asked for 2 s, and the client slept 11 ms.
#[tokio::test(start_paused = true)]
async fn m06_a_hint_is_waited_out() {
    #[async_retry(STANDARD, base_delay = "10ms")]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1).map_err(|_| Failed::SlowDown(Duration::from_secs(2)))
    }

    let start = Instant::now();
    call(&Calls::new()).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
}

// 7. The exponent overflowed, at attempt 1025 with floating point, far earlier with integers.
#[test]
fn m07_the_exponent_does_not_overflow() {
    let policy = PLAIN.max_attempts(u32::MAX).exponential_base(f64::MAX);
    assert!(policy.delays().take(5000).skip(4).all(|delay| delay == policy.max_delay));
}

// 8. The deadline counted only the waits, or a wait went past it.
#[tokio::test(start_paused = true)]
async fn m08_a_deadline_counts_attempts_and_waits() {
    #[async_retry(PLAIN, max_attempts = 99, total_timeout = "10s")]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        sleep(Duration::from_secs(3)).await;
        Err(TRANSIENT)
    }

    let (start, calls) = (Instant::now(), Calls::new());
    call(&calls).await.unwrap_err();
    // 3 + 1 + 3 + 2 = 9, and the third attempt is dropped at 10.
    assert_eq!((calls.count(), start.elapsed()), (3, Duration::from_secs(10)));
}

/// Returns a breaker that is ready for a probe.
async fn ready_for_probes(name: &'static str, limit: u32) -> CircuitBreaker {
    let breaker = CircuitBreaker::new(name)
        .failure_threshold(1)
        .recovery_timeout(R)
        .success_threshold(1)
        .half_open_max_calls(limit);
    breaker.try_acquire().unwrap().failure();
    advance(R).await;
    breaker
}

// 9. A cancelled or hung probe left the breaker half-open forever.
#[tokio::test(start_paused = true)]
async fn m09_half_open_does_not_stick() {
    let breaker = ready_for_probes("m09", 1).await;
    drop(breaker.try_acquire().unwrap());
    let hung = breaker.try_acquire().expect("the cancelled probe gave its slot back");
    assert!(breaker.try_acquire().is_err());
    // The default `probe_timeout`.
    advance(Duration::from_secs(60)).await;
    breaker.try_acquire().expect("the hung probe lost its slot").success();
    assert_eq!(breaker.state(), CircuitState::Closed);
    drop(hung);
}

// 10. A half-open breaker admitted all of a hundred concurrent calls.
#[tokio::test(start_paused = true)]
async fn m10_half_open_admits_its_limit() {
    let breaker = Arc::new(ready_for_probes("m10", 3).await);
    let calls = (0..100).map(|_| {
        let breaker = Arc::clone(&breaker);
        tokio::spawn(async move {
            let permit = breaker.try_acquire_owned().ok()?;
            tokio::task::yield_now().await;
            Some(permit)
        })
    });
    let mut admitted = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        admitted.extend(call.await.unwrap());
    }
    assert_eq!(admitted.len(), 3);
}

// 11. A late success from before the trip closed the circuit.
#[tokio::test(start_paused = true)]
async fn m11_a_late_success_closes_nothing() {
    let breaker = CircuitBreaker::new("m11").failure_threshold(1).success_threshold(1);
    let late = breaker.try_acquire().unwrap();
    breaker.try_acquire().unwrap().failure();
    late.success();
    assert_eq!(breaker.state(), CircuitState::Open);
    let later = breaker.try_acquire();
    assert!(later.is_err());
}

/// The same through the attribute: a slow call that began before the trip.
#[tokio::test(start_paused = true)]
async fn m11_a_late_success_of_an_annotated_function() {
    static API: CircuitBreaker = CircuitBreaker::new("m11/attribute").failure_threshold(1);

    #[circuit_breaker(API)]
    async fn call(wait: Duration, fails: bool) -> Result<u32, Failed> {
        sleep(wait).await;
        if fails { Err(TRANSIENT) } else { Ok(1) }
    }

    let slow = tokio::spawn(call(Duration::from_secs(5), false));
    tokio::task::yield_now().await;
    call(Duration::ZERO, true).await.unwrap_err();
    slow.await.unwrap().unwrap();
    assert_eq!(API.state(), CircuitState::Open);
}
