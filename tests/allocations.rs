//! The allocations of a call, and the size of its future.

mod common;

use std::future::Future;
use std::time::Duration;

use allocation_counter::measure;
use common::{Calls, Failed, TRANSIENT};
use futures_util::stream::{self, Stream, StreamExt};
use retry_utils::{
    CircuitBreaker, CircuitBreakers, CircuitState, Jitter, RetryBudget, RetryConfig, STANDARD,
    Window, async_retry, circuit_breaker,
};
use tokio::runtime::{Builder, Runtime};

static API: CircuitBreaker = CircuitBreaker::new("allocations");

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Returns the allocations of the second run. The first run creates what exists once, such as a
/// thread's random numbers.
fn allocations<F: Future>(make: impl Fn() -> F) -> u64 {
    let runtime = runtime();
    runtime.block_on(async {
        make().await;
        // A waker and a task context exist already, so only the polls of the call are counted.
        let mut call = std::pin::pin!(make());
        let mut count = 0;
        std::future::poll_fn(|context| {
            let mut polled = None;
            count += measure(|| polled = Some(call.as_mut().poll(context))).count_total;
            polled.expect("measured once").map(drop)
        })
        .await;
        count
    })
}

async fn plain() -> Result<u32, Failed> {
    tokio::task::yield_now().await;
    Ok(1)
}

#[async_retry(STANDARD)]
async fn retried() -> Result<u32, Failed> {
    tokio::task::yield_now().await;
    Ok(1)
}

static BUDGET: RetryBudget = RetryBudget::new().initial(0);

#[async_retry(STANDARD, budget = BUDGET)]
async fn within() -> Result<u32, Failed> {
    tokio::task::yield_now().await;
    Ok(1)
}

#[circuit_breaker(API)]
#[async_retry(STANDARD)]
async fn both() -> Result<u32, Failed> {
    tokio::task::yield_now().await;
    Ok(1)
}

/// Without `yield_now`, because the runtime may allocate when it stores the waker.
#[async_retry(STANDARD)]
async fn retried_at_once() -> Result<u32, Failed> {
    std::future::ready(Ok(1)).await
}

#[circuit_breaker(API)]
#[async_retry(STANDARD)]
async fn both_at_once() -> Result<u32, Failed> {
    std::future::ready(Ok(1)).await
}

#[async_retry(STANDARD, budget = BUDGET)]
async fn within_at_once() -> Result<u32, Failed> {
    std::future::ready(Ok(1)).await
}

#[test]
fn a_first_attempt_that_succeeds_allocates_nothing() {
    assert_eq!(allocations(within_at_once), 0);
    assert_eq!(allocations(retried_at_once), 0);
    assert_eq!(allocations(both_at_once), 0);
}

#[async_retry(policy)]
async fn twice_in_vain(policy: &RetryConfig, calls: &Calls) -> Result<u32, Failed> {
    calls.fail_first(2)
}

#[test]
fn a_retry_sequence_allocates_one_timer_per_wait_and_nothing_else() {
    const JITTERS: [Jitter; 4] = [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];
    for jitter in JITTERS {
        let policy = STANDARD.base_delay(Duration::from_millis(10)).jitter(jitter);

        let count = allocations(|| async { twice_in_vain(&policy, &Calls::new()).await.unwrap() });
        assert!(count <= 2, "{jitter:?}: {count}");
    }
}

#[test]
fn a_rejection_allocates_nothing() {
    static OPEN: CircuitBreaker = CircuitBreaker::new("allocations/open").failure_threshold(1);

    #[circuit_breaker(OPEN)]
    async fn rejected() -> Result<u32, Failed> {
        Err(TRANSIENT)
    }

    assert_eq!(allocations(rejected), 0);
}

#[circuit_breaker(API, stream)]
#[async_retry(STANDARD)]
async fn streamed() -> Result<impl Stream<Item = Result<u32, Failed>>, Failed> {
    Ok(stream::iter((1..=9).map(Ok)))
}

#[test]
fn a_stream_through_a_breaker_allocates_nothing() {
    let read = || async {
        let mut stream = std::pin::pin!(streamed().await.unwrap());
        while stream.next().await.is_some() {}
    };
    assert_eq!(allocations(read), 0);
}

static KEYED: CircuitBreakers = CircuitBreakers::new("allocations/keyed");

#[circuit_breaker(KEYED, key = host)]
async fn keyed(host: &str) -> Result<u32, Failed> {
    std::future::ready(Ok(1)).await
}

#[test]
fn a_look_up_of_a_known_key_allocates_nothing() {
    assert_eq!(allocations(|| keyed("known")), 0);
    let named = allocations(|| async {
        let _ = KEYED.for_key("named");
        let _ = KEYED.get("unknown");
    });
    assert_eq!(named, 0);
}

#[test]
fn no_breaker_allocates_in_any_state() {
    let second = Duration::from_secs(1);
    let plain = || CircuitBreaker::new("allocations/states").half_open_max_calls(1);
    let variants = [
        plain().failure_threshold(10),
        plain().failure_rate(0.5, 10, Window::calls(10)),
        plain().failure_rate(0.5, 10, Window::calls(1024)),
        plain().failure_rate(0.5, 10, Window::calls(100)).slow_call(second, 0.5),
        plain().failure_rate(0.5, 10, Window::time(second)),
        plain().abandoned_after(second).recovery_backoff(2.0, Duration::from_secs(300)),
        plain().failure_threshold(10).half_open_max_calls(16),
    ];
    runtime().block_on(async {
        for breaker in variants {
            let count = measure(|| {
                for _ in 0..100 {
                    breaker.try_acquire().unwrap().success();
                }
                while let Ok(permit) = breaker.try_acquire() {
                    permit.failure();
                }
            });
            assert_eq!((breaker.state(), count.count_total), (CircuitState::Open, 0));
            tokio::time::advance(Duration::from_secs(60)).await;
            let count = measure(|| {
                drop(breaker.try_acquire().unwrap());
                let probe = breaker.try_acquire().unwrap();
                let _ = breaker.try_acquire();
                probe.success();
                breaker.try_acquire().unwrap().success();
            });
            assert_eq!((breaker.state(), count.count_total), (CircuitState::Closed, 0));
        }
    });
}

const KIB: usize = 1024;

async fn plain_with_a_kib(data: &[u8; KIB]) -> Result<u32, Failed> {
    let copy = *data;
    tokio::task::yield_now().await;
    Ok(u32::from(copy[0]))
}

#[async_retry(STANDARD)]
async fn retried_with_a_kib(data: &[u8; KIB]) -> Result<u32, Failed> {
    let copy = *data;
    tokio::task::yield_now().await;
    Ok(u32::from(copy[0]))
}

#[circuit_breaker(API)]
#[async_retry(STANDARD)]
async fn both_with_a_kib(data: &[u8; KIB]) -> Result<u32, Failed> {
    let copy = *data;
    tokio::task::yield_now().await;
    Ok(u32::from(copy[0]))
}

#[test]
fn a_future_grows_by_a_few_words() {
    let extra = |annotated: usize, plain: usize| annotated - plain;
    let data = [7; KIB];
    let sizes = [
        ("retry", extra(size_of_val(&retried()), size_of_val(&plain())), 72),
        ("retry, budget", extra(size_of_val(&within()), size_of_val(&plain())), 72),
        ("both", extra(size_of_val(&both()), size_of_val(&plain())), 112),
        (
            "retry, 1 KiB",
            extra(size_of_val(&retried_with_a_kib(&data)), size_of_val(&plain_with_a_kib(&data))),
            72,
        ),
        (
            "both, 1 KiB",
            extra(size_of_val(&both_with_a_kib(&data)), size_of_val(&plain_with_a_kib(&data))),
            112,
        ),
    ];
    for (what, bytes, most) in sizes {
        println!("{what}: {bytes}");
        assert!(
            bytes <= most,
            "{what}: {bytes} bytes more than the plain function, at most {most} are allowed"
        );
    }
}
