//! What a permit says when a timeout drops its call.

mod common;

use std::time::Duration;

use common::Failed;
use retry_utils::{
    CircuitBreaker, CircuitState, Jitter, RetryConfig, async_retry, circuit_breaker,
};
use tokio::time::sleep;

const ONCE: RetryConfig = RetryConfig::new().max_attempts(1).jitter(Jitter::None);

const fn brittle(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name).failure_threshold(1)
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Spends some time elsewhere, then asks a dependency that never answers.
async fn late(breaker: &CircuitBreaker, elsewhere: Duration) -> Result<u32, Failed> {
    sleep(elsewhere).await;
    breaker.call(std::future::pending).await
}

#[tokio::test(start_paused = true)]
async fn an_attempt_timeout_counts_if_the_permit_was_held_for_half_of_it() {
    #[async_retry(ONCE, attempt_timeout = "1s")]
    async fn annotated(breaker: &CircuitBreaker, elsewhere: Duration) -> Result<u32, Failed> {
        late(breaker, elsewhere).await
    }

    for (elsewhere, state) in [
        (0, CircuitState::Open),
        (499, CircuitState::Open),
        (500, CircuitState::Open),
        (501, CircuitState::Closed),
        (999, CircuitState::Closed),
    ] {
        let breaker = brittle("annotated");
        annotated(&breaker, millis(elsewhere)).await.unwrap_err();
        assert_eq!(breaker.state(), state, "annotated, {elsewhere} ms elsewhere");

        let breaker = brittle("run");
        let run = ONCE.run(|| late(&breaker, millis(elsewhere)));
        run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(breaker.state(), state, "run, {elsewhere} ms elsewhere");
    }
}

#[tokio::test(start_paused = true)]
async fn the_limits_of_a_breaker_count_beside_the_timeout() {
    let breaker = brittle("abandoned").abandoned_after(millis(100));
    let run = ONCE.run(|| late(&breaker, millis(900)));
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn a_permit_from_before_the_attempt_says_nothing() {
    let breaker = brittle("before");
    let permit = breaker.try_acquire().unwrap();
    let mut permit = Some(permit);
    let run = ONCE.run(|| {
        let permit = permit.take();
        async move {
            std::future::pending::<()>().await;
            drop(permit);
            Ok::<u32, Failed>(0)
        }
    });
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn in_a_nested_timeout_the_one_that_fired_counts() {
    #[async_retry(ONCE, attempt_timeout = "10s")]
    async fn inner(breaker: &CircuitBreaker) -> Result<u32, Failed> {
        breaker.call(std::future::pending).await
    }

    // The outer one fires: the permit was held for 300 ms of its second.
    let breaker = brittle("outer");
    let run = ONCE.run(|| async {
        sleep(millis(700)).await;
        inner(&breaker).await
    });
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Closed);

    // The inner one fires after its ten seconds, whatever the outer one would have said.
    let breaker = brittle("inner");
    let run = ONCE.run(|| inner(&breaker)).attempt_timeout(Duration::from_secs(3600));
    run.await.unwrap_err();
    assert_eq!(breaker.state(), CircuitState::Open);

    // The time of a total timeout is nobody's, also inside of a timed attempt.
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
    static SPAWNED: CircuitBreaker = brittle("spawned");

    #[circuit_breaker(SPAWNED)]
    async fn hang() -> Result<u32, Failed> {
        std::future::pending().await
    }

    let run = ONCE.run(|| async {
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(hang());
        // Dropped with the set, when the attempt is.
        tasks.join_next().await.unwrap().unwrap()
    });
    run.attempt_timeout(Duration::from_secs(1)).await.unwrap_err();
    tokio::task::yield_now().await;
    assert_eq!(SPAWNED.state(), CircuitState::Closed);
}
