//! Tests of the outcome of a permit when a timeout drops its call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use retry_runtime::{
    CircuitBreaker, CircuitOpen, CircuitState, FailureKind, Jitter, Permit, RetryConfig, Retryable,
    TimedOut,
};
use tokio::time::sleep;

/// An error whose kind is never read.
#[derive(Debug)]
struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

impl Retryable for Failed {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Bug
    }
}

impl From<TimedOut> for Failed {
    fn from(_: TimedOut) -> Self {
        Self
    }
}

impl From<CircuitOpen> for Failed {
    fn from(_: CircuitOpen) -> Self {
        Self
    }
}

const ONCE: RetryConfig = RetryConfig::new().max_attempts(1).jitter(Jitter::None);

const fn brittle(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name).failure_threshold(1)
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Spends some time elsewhere, then calls a dependency that never answers.
async fn late(breaker: &CircuitBreaker, elsewhere: Duration) -> Result<u32, Failed> {
    sleep(elsewhere).await;
    breaker.call(std::future::pending).await
}

#[tokio::test(start_paused = true)]
async fn an_attempt_timeout_counts_if_the_permit_was_held_for_half_of_it() {
    for (elsewhere, state) in [
        (0, CircuitState::Open),
        (499, CircuitState::Open),
        (500, CircuitState::Open),
        (501, CircuitState::Closed),
        (999, CircuitState::Closed),
    ] {
        let breaker = brittle("run");
        let run = ONCE.run(|| late(&breaker, millis(elsewhere)));
        run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(breaker.state(), state, "{elsewhere} ms elsewhere");
    }
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_a_breaker_count_beside_the_timeout() {
    let breaker = brittle("abandoned").abandoned_after(millis(100));
    let run = ONCE.run(|| late(&breaker, millis(900)));
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Open);
}

/// Holds a permit as long as it runs.
async fn hang(permit: Option<Permit<'_>>) -> Result<u32, Failed> {
    std::future::pending::<()>().await;
    drop(permit);
    Ok(0)
}

#[tokio::test(start_paused = true)]
async fn a_permit_from_before_the_attempt_says_nothing() {
    for state in [CircuitState::Closed, CircuitState::HalfOpen] {
        let breaker = brittle("before");
        if state == CircuitState::HalfOpen {
            breaker.half_open();
        }
        let mut permit = Some(breaker.try_acquire().unwrap());
        sleep(millis(1)).await;
        let run = ONCE.run(|| hang(permit.take()));
        run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(breaker.state(), state);
    }
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_the_closure_acquires_is_the_attempts() {
    let breaker = brittle("closure");
    let run = ONCE.run(|| hang(breaker.try_acquire().ok()));
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn a_permit_of_the_outer_attempt_is_not_the_inner_ones() {
    let breaker = brittle("outer permit");
    let outer = ONCE.run(|| async {
        let mut permit = Some(breaker.try_acquire().unwrap());
        sleep(Duration::from_secs(5)).await;
        ONCE.run(|| hang(permit.take())).attempt_timeout(Duration::from_secs(1)).await
    });
    outer.attempt_timeout(Duration::from_secs(100)).await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn in_a_nested_timeout_the_one_that_fired_counts() {
    async fn inner(breaker: &CircuitBreaker) -> Result<u32, Failed> {
        let run = ONCE.run(|| breaker.call(std::future::pending));
        run.attempt_timeout(Duration::from_secs(10)).await
    }

    // The outer timeout fires: the permit was held for 300 ms of its second.
    let breaker = brittle("outer");
    let run = ONCE.run(|| async {
        sleep(millis(700)).await;
        inner(&breaker).await
    });
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Closed);

    // The inner timeout fires after its ten seconds, whatever the outer one would have decided.
    let breaker = brittle("inner");
    let run = ONCE.run(|| inner(&breaker)).attempt_timeout(Duration::from_secs(3600));
    run.await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Open);

    // A total timeout counts for no permit, even inside of a timed attempt.
    let breaker = brittle("total");
    let run = ONCE.run(|| {
        let total = ONCE.run(|| late(&breaker, Duration::ZERO));
        async { total.total_timeout(millis(100)).await }
    });
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_spawned_task_says_nothing() {
    let breaker = Arc::new(brittle("spawned"));
    let run = ONCE.run(|| async {
        let breaker = Arc::clone(&breaker);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { late(&breaker, Duration::ZERO).await });
        // Dropped with the set, when the attempt is dropped.
        tasks.join_next().await.unwrap().unwrap()
    });
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    tokio::task::yield_now().await;
    assert_eq!(breaker.state(), CircuitState::Closed);
}
