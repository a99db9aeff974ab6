//! What `#[circuit_breaker]` asks of a function, and what its fallback may be.

mod common;

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use common::{Calls, Failed, TRANSIENT};
use retry_utils::{CircuitBreaker, Retryable, circuit_breaker};

static CLOSED: CircuitBreaker = CircuitBreaker::new("closed").failure_threshold(65_535);

/// Asks that a future is `Send`.
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
        breaker: std::sync::Arc<CircuitBreaker>,
        text: String,
        calls: &Calls,
    ) -> Result<usize, Failed> {
        tokio::task::yield_now().await;
        calls.fail_first(1)?;
        Ok(text.len())
    }

    let breaker = std::sync::Arc::new(CircuitBreaker::new("argument"));
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
