//! What `RetryConfig::run` has in common with the attribute, seen from the operation and in
//! allocations.

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

/// The future of an attempt has ended, and given back what it held, when its value is judged.
#[test]
fn an_attempt_is_over_when_its_value_is_judged() {
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

/// With nothing failing no call allocates, whether it has a timeout or not.
#[test]
fn a_timeout_that_does_not_run_out_allocates_nothing() {
    runtime().block_on(async {
        let run =
            || STANDARD.run(async || io::Result::Ok(7)).attempt_timeout(Duration::from_secs(1));
        allocations(run()).await;
        assert_eq!(allocations(annotated()).await, 0);
        assert_eq!(allocations(run()).await, 0);
    });
}

/// All that setters without a timeout say is in one allocation.
#[test]
fn a_name_takes_one_allocation() {
    runtime().block_on(async {
        let call = async { STANDARD.run(async || io::Result::Ok(7)).name("named").await };
        assert_eq!(allocations(call).await, 1);
    });
}

/// Without setters a run allocates nothing, from where it is made to its first success.
#[test]
fn a_first_success_allocates_nothing() {
    runtime().block_on(async {
        let call = async { STANDARD.run(async || io::Result::Ok(7)).await };
        assert_eq!(allocations(call).await, 0);
        assert_eq!(allocations(STANDARD.run_mut(async || io::Result::Ok(7))).await, 0);
    });
}
