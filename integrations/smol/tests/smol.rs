//! Retries, timeouts and breakers without a tokio runtime. There is no paused clock, so the waits
//! are real and only a few milliseconds long. The tests show that the timer wakes the task.

#[path = "../../../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use common::{Calls, Failed, TRANSIENT};
use retry_utils::{
    CircuitBreaker, CircuitState, Jitter, RetryConfig, STANDARD, async_retry, circuit_breaker,
};

const SHORT: Duration = Duration::from_millis(2);

const POLICY: RetryConfig =
    STANDARD.max_attempts(4).base_delay(SHORT).max_delay(SHORT).jitter(Jitter::None);

#[async_retry(POLICY)]
async fn fetch(calls: &Calls, failures: u32) -> Result<u32, Failed> {
    calls.fail_first(failures)
}

#[test]
fn a_wait_ends() {
    let start = Instant::now();
    assert_eq!(smol::block_on(fetch(&Calls::new(), 3)).unwrap(), 4);
    assert!(start.elapsed() >= 3 * SHORT);
}

#[test]
fn a_wait_of_zero_after_another_wait_ends_immediately() {
    let policy = POLICY.base_delay(Duration::ZERO).max_delay(Duration::ZERO);
    let calls = Calls::new();
    let failing = || async {
        match calls.next() {
            1 => Err(Failed::SlowDown(SHORT)),
            2 => Err(TRANSIENT),
            attempts => Ok(attempts),
        }
    };
    assert_eq!(smol::block_on(policy.run(failing)).unwrap(), 3);
}

#[test]
fn a_call_that_waits_may_be_spawned() {
    let executor = smol::Executor::new();
    let task = executor.spawn(async { fetch(&Calls::new(), 2).await.unwrap() });
    assert_eq!(smol::block_on(executor.run(task)), 3);
}

#[test]
fn a_hanging_attempt_is_dropped() {
    #[async_retry(POLICY, max_attempts = 2, attempt_timeout = "2ms")]
    async fn hang(calls: &Calls) -> Result<(), Failed> {
        calls.next();
        std::future::pending().await
    }
    let calls = Calls::new();
    let error = smol::block_on(hang(&calls)).unwrap_err();
    assert!(matches!(error, Failed::TimedOut(_)), "{error}");
    assert_eq!(calls.count(), 2);
}

#[test]
fn a_sequence_ends_at_its_total_timeout() {
    let calls = Calls::new();
    let hang = || {
        calls.next();
        std::future::pending::<Result<(), Failed>>()
    };
    let error = smol::block_on(POLICY.run(hang).total_timeout(SHORT)).unwrap_err();
    assert!(matches!(error, Failed::TimedOut(_)), "{error}");
    assert_eq!(calls.count(), 1);
}

#[test]
fn a_breaker_recovers() {
    #[circuit_breaker(breaker)]
    async fn call(breaker: &CircuitBreaker, fails: bool) -> Result<(), Failed> {
        if fails { Err(TRANSIENT) } else { Ok(()) }
    }
    let breaker = CircuitBreaker::new("smol")
        .failure_threshold(1)
        .success_threshold(1)
        .recovery_timeout(Duration::from_millis(1));
    smol::block_on(call(&breaker, true)).unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Open);
    smol::block_on(async {
        while call(&breaker, false).await.is_err() {
            smol::Timer::after(Duration::from_millis(1)).await;
        }
    });
    assert_eq!(breaker.state(), CircuitState::Closed);
}

/// With both features, calls inside tokio use the timer of tokio, so a paused clock works.
#[cfg(feature = "tokio")]
#[tokio::test(start_paused = true)]
async fn inside_tokio_the_timer_of_tokio_is_used() {
    const HOUR: Duration = Duration::from_secs(3600);
    const PATIENT: RetryConfig = POLICY.base_delay(HOUR).max_delay(HOUR);
    let start = tokio::time::Instant::now();
    let calls = Calls::new();
    PATIENT.run(|| std::future::ready(calls.fail_first(2))).await.unwrap();
    assert_eq!(start.elapsed(), 2 * HOUR);
}
