//! The tests of the guide's chapter "In a client library".

#![allow(unreachable_pub)] // In a library these modules would be public.

#[path = "../examples/client_library/client.rs"]
mod client;
#[path = "../examples/client_library/protocol.rs"]
mod protocol;
#[path = "../examples/client_library/store.rs"]
mod store;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use client::{Client, Error};
use retry_utils::{CircuitState, RetryConfig, STANDARD, registry};
use tokio::net::TcpListener;

/// Three attempts, without waits between them.
const NO_WAITS: RetryConfig = STANDARD.base_delay(Duration::ZERO);

fn client(name: &str) -> Client {
    Client::builder(name).retry(NO_WAITS).build().unwrap()
}

#[tokio::test]
async fn a_refused_token_is_renewed_before_the_retry() {
    let (store, requests, _) =
        store::start(["denied\n", "token new\n", "value 7\n", "none\n"]).await.unwrap();
    let client = client("renewed");
    assert_eq!(client.get(&store, "bolts").await.unwrap().as_deref(), Some("7"));
    assert_eq!(client.get(&store, "nuts").await.unwrap(), None);
    let expected = ["get none bolts\n", "login\n", "get new bolts\n", "get new nuts\n"];
    assert_eq!(requests.take(), expected);
}

#[tokio::test]
async fn the_answer_decides_whether_a_call_is_retried() {
    let answers = ["busy 0\n", "busy 0\n", "busy 0\n", "nonsense\n", "cut", "value 1\n"];
    let (store, requests, _) = store::start(answers).await.unwrap();
    let client = client("decides");
    assert!(matches!(client.get(&store, "a").await, Err(Error::Busy { .. })));
    assert_eq!(requests.take().len(), 3);
    assert!(matches!(client.get(&store, "a").await, Err(Error::Protocol(_))));
    assert_eq!(requests.take().len(), 1);
    assert!(client.get(&store, "a").await.is_ok());
    assert_eq!(requests.take().len(), 2);
}

#[tokio::test]
async fn calls_are_rejected_only_for_the_store_that_is_down() {
    let (down, _, task) = store::start([]).await.unwrap();
    task.await.unwrap().unwrap();
    let (up, ..) = store::start(["none\n"]).await.unwrap();
    let retries = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&retries);
    let client = Client::builder("down")
        .retry(NO_WAITS)
        .on_retry(move |_| _ = count.fetch_add(1, Ordering::Relaxed))
        .build()
        .unwrap();
    for _ in 0..2 {
        assert!(matches!(client.get(&down, "a").await, Err(Error::Io(_))));
    }
    assert!(matches!(client.get(&down, "a").await, Err(Error::Open(_))));
    assert_eq!(retries.load(Ordering::Relaxed), 2 * 2);
    assert!(client.get(&up, "a").await.is_ok());

    let listed = || registry::all().into_iter().find(|it| it.name == format!("down stores/{down}"));
    assert_eq!(listed().map(|breaker| breaker.state), Some(CircuitState::Open));
    drop(client);
    assert_eq!(listed().map(|breaker| breaker.state), None);
}

#[tokio::test(start_paused = true)]
async fn a_call_to_a_store_that_hangs_times_out() {
    let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client =
        Client::builder("hung").retry(NO_WAITS).timeout(Duration::from_secs(1)).build().unwrap();
    let result = client.get(&hung.local_addr().unwrap().to_string(), "a").await;
    assert!(matches!(result, Err(Error::TimedOut(_))));
}

#[test]
fn an_invalid_policy_is_rejected() {
    let policy = STANDARD.base_delay(Duration::from_secs(60));
    let error = Client::builder("rejected").retry(policy).build().err().unwrap();
    assert_eq!(error.place(), "max_delay");
}
