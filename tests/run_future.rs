//! Lifetimes of attempts in `RetryConfig::run`, and its allocations.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use allocation_counter::measure;
use retry_utils::{STANDARD, async_retry};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// The future of an attempt is dropped before the predicate gets its value.
#[test]
fn an_attempt_is_dropped_before_its_value_is_checked() {
    let shared = Mutex::new(7);
    let outcome: io::Result<u32> = runtime().block_on(async {
        STANDARD
            .run(|| {
                let held = shared.try_lock().unwrap();
                poll_fn(move |_| Poll::Ready(Ok(*held)))
            })
            .retry_if_ok(|_| *shared.try_lock().unwrap() == 0)
            .await
    });
    assert_eq!(outcome.unwrap(), 7);
}

async fn allocations(call: impl Future) -> u64 {
    let mut call = pin!(call);
    let mut count = 0;
    poll_fn(|context| {
        let mut polled = None;
        count += measure(|| polled = Some(call.as_mut().poll(context))).count_total;
        polled.expect("measured once").map(drop)
    })
    .await;
    count
}

#[async_retry(attempt_timeout = "1s")]
async fn annotated() -> io::Result<u32> {
    Ok(7)
}

/// A call that succeeds does not allocate, with or without a timeout.
#[test]
fn a_timeout_that_does_not_expire_allocates_nothing() {
    runtime().block_on(async {
        let run =
            || STANDARD.run(async || io::Result::Ok(7)).attempt_timeout(Duration::from_secs(1));
        allocations(run()).await;
        assert_eq!(allocations(annotated()).await, 0);
        assert_eq!(allocations(run()).await, 0);
    });
}

/// The values of all setters except those for timeouts take one allocation.
#[test]
fn a_name_takes_one_allocation() {
    runtime().block_on(async {
        let call = async { STANDARD.run(async || io::Result::Ok(7)).name("named").await };
        assert_eq!(allocations(call).await, 1);
    });
}

/// A run without setters that succeeds at the first attempt does not allocate.
#[test]
fn a_first_success_allocates_nothing() {
    runtime().block_on(async {
        let call = async { STANDARD.run(async || io::Result::Ok(7)).await };
        assert_eq!(allocations(call).await, 0);
        assert_eq!(allocations(STANDARD.run_mut(async || io::Result::Ok(7))).await, 0);
    });
}
