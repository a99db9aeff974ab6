//! The top attribute is the outermost, however the attributes are spelled.

mod common;

use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use retry_utils::{
    CircuitBreaker, CircuitState, FailureKind, FailureKinds, Jitter, RetryConfig, STANDARD,
    async_retry, async_retry as again, circuit_breaker, circuit_breaker as guarded,
};

const THREE: RetryConfig = STANDARD.base_delay(Duration::from_millis(10)).jitter(Jitter::None);

/// A breaker that opens after two failures.
const fn breaker(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name).failure_threshold(2)
}

/// Fails `series` series in a row, and says how many calls that caused.
macro_rules! calls_of_series {
    ($function:ident, $series:expr) => {{
        let calls = Calls::new();
        for _ in 0..$series {
            $function(&calls).await.unwrap_err();
        }
        calls.count()
    }};
}

#[tokio::test(start_paused = true)]
async fn breaker_above_retry_counts_one_outcome_per_series() {
    static API: CircuitBreaker = breaker("above");

    #[circuit_breaker(API)]
    #[async_retry(THREE)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 1), 3);
    assert_eq!(API.state(), CircuitState::Closed, "one series, one failure");
    assert_eq!(calls_of_series!(call, 1), 3);
    assert_eq!(API.state(), CircuitState::Open);
    assert_eq!(calls_of_series!(call, 1), 0);
}

#[tokio::test(start_paused = true)]
async fn retry_above_breaker_asks_it_for_every_attempt() {
    static API: CircuitBreaker = breaker("below");

    #[async_retry(THREE)]
    #[circuit_breaker(API)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    // The second failure opens the breaker; the third attempt is rejected, and that is not retried.
    assert_eq!(calls_of_series!(call, 1), 2);
    assert_eq!(API.state(), CircuitState::Open);
    assert!(matches!(call(&Calls::new()).await, Err(Failed::Open(_))));
}

#[tokio::test(start_paused = true)]
async fn renamed_imports_keep_the_order() {
    static API: CircuitBreaker = breaker("renamed");

    #[guarded(API)]
    #[again(THREE)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 2), 6);
    assert_eq!(API.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn full_paths_and_cfg_attr_keep_the_order() {
    static API: CircuitBreaker = breaker("paths");

    #[cfg_attr(all(), retry_utils::circuit_breaker(API))]
    #[cfg_attr(not(any()), ::retry_utils::async_retry(THREE, max_attempts = 4))]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 2), 8);
    assert_eq!(API.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn foreign_attributes_in_between_change_nothing() {
    static API: CircuitBreaker = breaker("between");

    #[circuit_breaker(API)]
    #[allow(clippy::unused_async)]
    /// A doc comment is an attribute too.
    #[inline]
    #[async_retry(THREE)]
    #[tracing::instrument(skip_all)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 2), 6);
    assert_eq!(API.state(), CircuitState::Open);
}

macro_rules! endpoint {
    ($name:ident($calls:ident), $breaker:path, $policy:expr, $delay:literal, $body:block) => {
        #[circuit_breaker($breaker)]
        #[async_retry($policy, base_delay = $delay)]
        async fn $name($calls: &Calls) -> Result<u32, Failed> $body
    };
}

#[tokio::test(start_paused = true)]
async fn functions_made_by_macro_rules() {
    static API: CircuitBreaker = breaker("made");

    endpoint!(call(calls), API, THREE, "20ms", {
        calls.next();
        Err(TRANSIENT)
    });

    assert_eq!(calls_of_series!(call, 2), 6);
    assert_eq!(API.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn three_layers_two_breakers() {
    static HOST: CircuitBreaker = breaker("host");
    static TENANT: CircuitBreaker = CircuitBreaker::new("tenant").failure_threshold(5);

    #[circuit_breaker(HOST)]
    #[async_retry(THREE)]
    #[circuit_breaker(TENANT)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        Err(TRANSIENT)
    }

    assert_eq!(calls_of_series!(call, 1), 3);
    assert_eq!((HOST.state(), TENANT.state()), (CircuitState::Closed, CircuitState::Closed));
    // The tenant's breaker opens at its fifth attempt, and its rejection says nothing about the host.
    assert_eq!(calls_of_series!(call, 1), 2);
    assert_eq!((HOST.state(), TENANT.state()), (CircuitState::Closed, CircuitState::Open));
    assert_eq!(calls_of_series!(call, 5), 0);
    assert_eq!(HOST.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn two_breakers_side_by_side_in_their_order() {
    static OUTER: CircuitBreaker = CircuitBreaker::new("outer").failure_threshold(1);
    static INNER: CircuitBreaker = CircuitBreaker::new("inner").failure_threshold(1);

    #[circuit_breaker(OUTER)]
    #[circuit_breaker(INNER)]
    async fn call() -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    call().await.unwrap_err();
    match call().await {
        Err(Failed::Open(open)) => assert_eq!(open.name(), "outer"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn attempt_timeout_above_a_breaker_trips_it() {
    static API: CircuitBreaker = breaker("hanging");

    #[async_retry(THREE, attempt_timeout = "1s")]
    #[circuit_breaker(API)]
    async fn hang(calls: &Calls) -> Result<u32, Failed> {
        calls.next();
        std::future::pending().await
    }

    let calls = Calls::new();
    assert!(matches!(hang(&calls).await, Err(Failed::Open(_))));
    assert_eq!(calls.count(), 2);
    assert_eq!(API.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn attempt_timeout_does_not_trip_a_breaker_that_ignores_timeouts() {
    static API: CircuitBreaker =
        breaker("patient").trip_on(FailureKinds::TRANSIENT.without(FailureKind::Timeout));

    #[async_retry(THREE, attempt_timeout = "1s")]
    #[circuit_breaker(API)]
    async fn hang() -> Result<u32, Failed> {
        std::future::pending().await
    }

    assert!(matches!(hang().await, Err(Failed::TimedOut(_))));
    assert_eq!(API.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn total_timeout_says_nothing_about_the_dependency() {
    static API: CircuitBreaker = CircuitBreaker::new("total").failure_threshold(1);

    #[async_retry(THREE, total_timeout = "1s")]
    #[circuit_breaker(API)]
    async fn hang() -> Result<u32, Failed> {
        std::future::pending().await
    }

    assert!(matches!(hang().await, Err(Failed::TimedOut(_))));
    assert_eq!(API.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn retry_if_may_retry_a_rejection() {
    static API: CircuitBreaker = CircuitBreaker::new("asked")
        .failure_threshold(1)
        .recovery_timeout(Duration::from_millis(5));

    #[async_retry(THREE, retry_if = |_| true)]
    #[circuit_breaker(API)]
    async fn call(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(1)
    }

    // The wait of 10 ms outlasts the open phase of 5 ms, so the second attempt is a probe.
    assert_eq!(call(&Calls::new()).await.unwrap(), 2);
}
