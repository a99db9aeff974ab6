//! The requirements of `#[circuit_breaker]` on a function, and the forms of its fallback.

mod common;

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use futures_util::{Stream, stream};
use retry_utils::{
    CircuitBreaker, CircuitState, FailureKind, Jitter, Retryable, STANDARD, async_retry,
    circuit_breaker, registry,
};
use tokio::time::{advance, sleep};

static CLOSED: CircuitBreaker = CircuitBreaker::new("closed").failure_threshold(65_535);

/// Requires that a future is `Send`.
fn is_send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test]
async fn a_fallback_may_diverge() {
    #[circuit_breaker(CLOSED, fallback = |_open| todo!())]
    async fn by_todo() -> Result<u32, Failed> {
        Ok(1)
    }
    #[circuit_breaker(CLOSED, fallback = |open| panic!("{open}"))]
    async fn by_panic() -> Result<u32, Failed> {
        Ok(2)
    }
    #[circuit_breaker(CLOSED, fallback = |open| { let _ = open.name(); unreachable!("never open") })]
    async fn by_block() -> Result<u32, Failed> {
        Ok(3)
    }
    #[circuit_breaker(CLOSED, fallback = async |_| std::unimplemented!())]
    async fn by_async_closure() -> Result<u32, Failed> {
        Ok(4)
    }

    assert_eq!(is_send(by_todo()).await.unwrap(), 1);
    assert_eq!(is_send(by_panic()).await.unwrap(), 2);
    assert_eq!(is_send(by_block()).await.unwrap(), 3);
    assert_eq!(is_send(by_async_closure()).await.unwrap(), 4);
}

#[tokio::test]
#[should_panic(expected = "not yet implemented: rejected")]
async fn a_diverging_fallback_is_called_on_a_rejection() {
    static API: CircuitBreaker = CircuitBreaker::new("diverging");

    #[circuit_breaker(API, fallback = |_| todo!("rejected"))]
    async fn call() -> Result<u32, Failed> {
        Ok(1)
    }

    API.force_open();
    let _ = call().await;
}

#[tokio::test]
async fn a_fallback_may_name_its_types() {
    static API: CircuitBreaker = CircuitBreaker::new("typed");

    #[circuit_breaker(
        API,
        failure_if_ok = |answers: &HashMap<u32, u32>| answers.is_empty(),
        fallback = |open| -> Result<HashMap<u32, u32>, Failed> { Err(open.into()) }
    )]
    async fn call() -> Result<HashMap<u32, u32>, Failed> {
        Ok(HashMap::new())
    }

    is_send(call()).await.unwrap();
    assert_eq!(API.snapshot().failures, 1);
    API.force_open();
    assert!(matches!(is_send(call()).await, Err(Failed::Open(_))));
}

#[tokio::test]
async fn a_breaker_alone_leaves_a_future_over_a_cell_send() {
    struct Client {
        seen: Cell<u32>,
    }

    impl Client {
        #[circuit_breaker(CLOSED)]
        async fn by_value(self) -> Result<u32, Failed> {
            let seen = &self.seen;
            seen.set(7);
            Ok(seen.get())
        }

        #[circuit_breaker(CLOSED)]
        async fn by_mut_reference(&mut self) -> Result<u32, Failed> {
            self.seen.set(self.seen.get() + 1);
            tokio::task::yield_now().await;
            Ok(self.seen.get())
        }
    }

    #[circuit_breaker(CLOSED)]
    async fn owned(cell: Cell<u32>) -> Result<u32, Failed> {
        cell.set(cell.get() + 1);
        tokio::task::yield_now().await;
        cell.set(cell.get() + 1);
        Ok(cell.get())
    }

    assert_eq!(tokio::spawn(owned(Cell::new(1))).await.unwrap().unwrap(), 3);
    let client = Client { seen: Cell::new(0) };
    assert_eq!(tokio::spawn(client.by_value()).await.unwrap().unwrap(), 7);
    let mut client = Client { seen: Cell::new(0) };
    assert_eq!(is_send(client.by_mut_reference()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_breaker_may_name_an_argument_that_the_body_borrows() {
    #[circuit_breaker(breaker, failure_if = |_| text.is_empty())]
    async fn call(
        breaker: Arc<CircuitBreaker>,
        text: String,
        calls: &Calls,
    ) -> Result<usize, Failed> {
        tokio::task::yield_now().await;
        calls.fail_first(1)?;
        Ok(text.len())
    }

    let breaker = Arc::new(CircuitBreaker::new("argument"));
    let calls = Calls::new();
    is_send(call(breaker.clone(), String::new(), &calls)).await.unwrap_err();
    assert_eq!(breaker.snapshot().failures, 1);
    assert_eq!(is_send(call(breaker.clone(), "text".to_owned(), &calls)).await.unwrap(), 4);
    assert_eq!(breaker.snapshot().failures, 0);
}

/// An error that is not `Send`.
#[derive(Debug, thiserror::Error, Retryable)]
#[error("failed")]
#[retry(transient)]
struct Local(Rc<u32>);

#[tokio::test]
async fn a_fallback_leaves_a_future_send_whose_value_is_not() {
    static OPEN: CircuitBreaker = CircuitBreaker::new("values");

    #[circuit_breaker(OPEN, fallback = |_| Ok(Rc::new(1)))]
    async fn by_value() -> Result<Rc<u32>, Failed> {
        tokio::task::yield_now().await;
        Ok(Rc::new(2))
    }
    #[circuit_breaker(OPEN, fallback = async |_| Ok(Rc::new(1)))]
    async fn by_async_closure() -> Result<Rc<u32>, Failed> {
        tokio::task::yield_now().await;
        Ok(Rc::new(2))
    }
    #[circuit_breaker(OPEN, fallback = |_| async { Ok(Rc::new(1)) })]
    async fn by_future() -> Result<Rc<u32>, Failed> {
        tokio::task::yield_now().await;
        Ok(Rc::new(2))
    }

    assert_eq!(*is_send(by_value()).await.unwrap(), 2);
    assert_eq!(*is_send(by_async_closure()).await.unwrap(), 2);
    assert_eq!(*is_send(by_future()).await.unwrap(), 2);
    OPEN.force_open();
    assert_eq!(*is_send(by_value()).await.unwrap(), 1);
    assert_eq!(*is_send(by_async_closure()).await.unwrap(), 1);
    assert_eq!(*is_send(by_future()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_fallback_leaves_a_future_send_whose_error_is_not() {
    static OPEN: CircuitBreaker = CircuitBreaker::new("errors");

    #[circuit_breaker(OPEN, fallback = |_| Err(Local(Rc::new(1))))]
    async fn call() -> Result<u32, Local> {
        tokio::task::yield_now().await;
        Err(Local(Rc::new(2)))
    }

    assert_eq!(*is_send(call()).await.unwrap_err().0, 2);
    OPEN.force_open();
    assert_eq!(*is_send(call()).await.unwrap_err().0, 1);
}

#[tokio::test]
async fn a_fallback_leaves_a_future_send_whose_types_are_generic() {
    static OPEN: CircuitBreaker = CircuitBreaker::new("generic");

    #[circuit_breaker(OPEN, fallback = |_| Ok(T::default()))]
    async fn value<T: Default>() -> Result<T, Failed> {
        tokio::task::yield_now().await;
        Err(TRANSIENT)
    }
    #[circuit_breaker(OPEN, fallback = |_| Err(E::default()), failure_if = |_| true)]
    async fn error<E: Default>() -> Result<u32, E> {
        tokio::task::yield_now().await;
        Ok(2)
    }

    assert!(is_send(value::<Rc<u32>>()).await.is_err());
    assert_eq!(is_send(error::<Rc<u32>>()).await, Ok(2));
    OPEN.force_open();
    assert_eq!(is_send(value::<Rc<u32>>()).await.unwrap(), Rc::default());
    assert_eq!(is_send(error::<Rc<u32>>()).await, Err(Rc::default()));
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Returns a breaker that opens at the first failure, for 5 s or for the duration in the error,
/// which is at most 10 minutes.
const fn respecting(name: &'static str) -> CircuitBreaker {
    CircuitBreaker::new(name)
        .failure_threshold(1)
        .recovery_timeout(secs(5))
        .respect_retry_after(secs(600))
}

fn open_for(breaker: &CircuitBreaker) -> Duration {
    breaker.snapshot().retry_in.expect("open")
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_respects_hints_is_open_for_the_duration_in_the_error() {
    static API: CircuitBreaker = respecting("hints");

    #[circuit_breaker(API)]
    async fn call() -> Result<(), Failed> {
        Err(Failed::SlowDown(secs(300)))
    }

    call().await.unwrap_err();
    for wait in [5, 294] {
        advance(secs(wait)).await;
        let Err(Failed::Open(open)) = call().await else { panic!("not rejected") };
        assert_eq!(open.retry_in(), Some(open_for(&API)));
    }
    advance(secs(1)).await;
    assert!(matches!(call().await, Err(Failed::SlowDown(_))));
    assert_eq!(open_for(&API), secs(300), "the probe got the same hint");
}

#[tokio::test(start_paused = true)]
async fn a_retry_and_a_predicate_keep_the_hint() {
    static ABOVE: CircuitBreaker = respecting("hints above");
    static BELOW: CircuitBreaker = respecting("hints below");
    static BY_PREDICATE: CircuitBreaker = respecting("hints by predicate");
    static BY_VALUE: CircuitBreaker = respecting("hints by value");
    static UNCLASSIFIED: CircuitBreaker = respecting("hints unclassified");
    const TWICE: retry_utils::RetryConfig = STANDARD.max_attempts(2).jitter(Jitter::None);

    #[circuit_breaker(ABOVE)]
    #[async_retry(TWICE)]
    async fn above() -> Result<u32, Failed> {
        Err(Failed::SlowDown(secs(30)))
    }
    #[async_retry(TWICE)]
    #[circuit_breaker(BELOW)]
    async fn below() -> Result<u32, Failed> {
        Err(Failed::SlowDown(secs(30)))
    }
    #[circuit_breaker(BY_PREDICATE, failure_if = |error| error.retry_after().is_some())]
    async fn by_predicate() -> Result<u32, Failed> {
        Err(Failed::SlowDown(secs(30)))
    }
    #[circuit_breaker(BY_VALUE, failure_if_ok = |value| *value > 0)]
    async fn by_value() -> Result<u32, Failed> {
        Ok(30)
    }
    #[circuit_breaker(UNCLASSIFIED, failure_if = |_| true, fallback = |_| Err(String::new()))]
    async fn unclassified() -> Result<u32, String> {
        Err("in 30 s".to_owned())
    }

    above().await.unwrap_err();
    assert_eq!(open_for(&ABOVE), secs(30));
    below().await.unwrap_err();
    assert_eq!(BELOW.state(), CircuitState::Open);
    by_predicate().await.unwrap_err();
    assert_eq!(open_for(&BY_PREDICATE), secs(30));
    by_value().await.unwrap();
    assert_eq!(open_for(&BY_VALUE), secs(5));
    unclassified().await.unwrap_err();
    assert_eq!(open_for(&UNCLASSIFIED), secs(5));
}

#[tokio::test(start_paused = true)]
async fn slow_probes_are_no_more_than_the_limit() {
    let breaker =
        Arc::new(CircuitBreaker::new("slow probes").recovery_timeout(secs(5)).success_threshold(2));
    breaker.trip();
    let in_flight = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
    for _ in 0..60 {
        let (breaker, in_flight) = (Arc::clone(&breaker), Arc::clone(&in_flight));
        tokio::spawn(async move {
            let [now, most] = &*in_flight;
            let call = || async {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(secs(60)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, Failed>(())
            };
            let _ = breaker.call(call).await;
        });
        sleep(secs(1)).await;
    }
    assert_eq!((breaker.state(), in_flight[1].load(Ordering::SeqCst)), (CircuitState::HalfOpen, 2));
    sleep(secs(10)).await;
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_does_not_blame_a_dependency_for_time_spent_elsewhere() {
    static HEALTHY: CircuitBreaker = CircuitBreaker::new("healthy").failure_threshold(3);
    static SLOW: CircuitBreaker = CircuitBreaker::new("slow").failure_threshold(3);

    #[circuit_breaker(HEALTHY)]
    async fn healthy() -> Result<u32, Failed> {
        sleep(Duration::from_millis(500)).await;
        Ok(1)
    }
    #[circuit_breaker(SLOW)]
    async fn slow() -> Result<u32, Failed> {
        sleep(Duration::from_millis(4900)).await;
        Ok(1)
    }
    #[async_retry(STANDARD, attempt_timeout = "5s", jitter = Jitter::None)]
    async fn both() -> Result<u32, Failed> {
        slow().await?;
        healthy().await
    }
    #[async_retry(STANDARD, attempt_timeout = "5s", jitter = Jitter::None)]
    async fn at_once() -> Result<u32, Failed> {
        let (slow, healthy) = tokio::join!(hung(), healthy());
        slow.and(healthy)
    }
    #[circuit_breaker(SLOW)]
    async fn hung() -> Result<u32, Failed> {
        std::future::pending().await
    }

    assert!(matches!(both().await, Err(Failed::TimedOut(_))));
    assert_eq!((HEALTHY.state(), HEALTHY.snapshot().failures), (CircuitState::Closed, 0));
    // The timeout is a failure of the dependency that hung, not of the one that answered.
    assert!(matches!(at_once().await, Err(Failed::TimedOut(_))));
    assert_eq!((SLOW.state(), HEALTHY.snapshot().failures), (CircuitState::Open, 0));
}

/// A client whose breaker is optional.
struct Optional<B> {
    breaker: B,
    calls: Calls,
}

impl<B> Optional<B> {
    fn with(breaker: B) -> Self {
        Self { breaker, calls: Calls::new() }
    }
}

impl Optional<Option<Arc<CircuitBreaker>>> {
    #[circuit_breaker(self.breaker)]
    async fn call(&self) -> Result<u32, Failed> {
        self.calls.fail_first(u32::MAX)
    }

    #[circuit_breaker(self.breaker.as_deref())]
    async fn by_reference(&mut self) -> Result<u32, Failed> {
        self.calls.fail_first(u32::MAX)
    }

    #[circuit_breaker(self.breaker.clone(), fallback = |open| Err(open.into()))]
    #[async_retry(STANDARD, base_delay = "0s")]
    async fn retried(&self) -> Result<u32, Failed> {
        self.calls.fail_first(u32::MAX)
    }

    #[circuit_breaker(self.breaker, stream)]
    async fn open(&self) -> Result<impl Stream<Item = Result<u32, Failed>> + use<>, Failed> {
        self.calls.fail_first(u32::MAX).map(|value| stream::iter([Ok(value)]))
    }
}

impl Optional<Option<CircuitBreaker>> {
    #[circuit_breaker(self.breaker)]
    async fn owned(&self) -> Result<u32, Failed> {
        self.calls.fail_first(u32::MAX)
    }
}

#[circuit_breaker(breaker)]
async fn with_argument(breaker: Option<&CircuitBreaker>) -> Result<u32, Failed> {
    Err(TRANSIENT)
}

#[allow(clippy::needless_pass_by_value, reason = "as `is_err_and` passes it")]
fn is_plain(error: Failed) -> bool {
    matches!(error, Failed::Kind(FailureKind::Unavailable))
}

#[tokio::test(start_paused = true)]
async fn without_a_breaker_a_call_is_plain() {
    let mut client = Optional::with(None::<Arc<CircuitBreaker>>);
    for _ in 0..10 {
        assert!(is_send(client.call()).await.is_err_and(is_plain));
        assert!(is_send(client.by_reference()).await.is_err_and(is_plain));
        assert!(client.open().await.is_err_and(is_plain));
        assert!(with_argument(None).await.is_err_and(is_plain));
    }
    assert_eq!(client.calls.count(), 30);
    assert!(is_send(client.retried()).await.is_err_and(is_plain));
    assert_eq!(client.calls.count(), 33);
    assert!(registry::get("(none)").is_none());
    let owned = Optional::with(None::<CircuitBreaker>);
    assert!(owned.owned().await.is_err_and(is_plain));
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_is_set_protects_the_call() {
    let breaker = Arc::new(CircuitBreaker::named(format!("api-{}", "acme")).failure_threshold(1));
    let mut client = Optional::with(Some(Arc::clone(&breaker)));
    let open = |error: Failed| matches!(error, Failed::Open(open) if open.name() == "api-acme");
    assert!(client.call().await.is_err_and(is_plain));
    assert!(client.call().await.is_err_and(open));
    assert!(client.by_reference().await.is_err_and(open));
    assert!(client.retried().await.is_err_and(open));
    assert!(client.open().await.is_err_and(open));
    assert!(with_argument(client.breaker.as_deref()).await.is_err_and(open));
    assert_eq!(client.calls.count(), 1);
    let owned = Optional::with(Some(CircuitBreaker::new("owned").failure_threshold(1)));
    assert!(owned.owned().await.is_err_and(is_plain));
    assert!(owned.owned().await.is_err());
    assert_eq!(owned.calls.count(), 1);
}
