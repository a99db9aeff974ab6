//! Errors of anyhow, which are classified by their causes.

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, anyhow};
use http::{HeaderMap, StatusCode};
use retry_utils::http::FailedStatus;
use retry_utils::observe::{self, Event};
use retry_utils::{CircuitBreaker, FailureKind, Retryable, STANDARD, async_retry, circuit_breaker};

#[test]
fn the_chain_is_searched() {
    let refused = anyhow::Error::from(io::Error::from(io::ErrorKind::ConnectionRefused));
    assert_eq!(refused.failure_kind(), FailureKind::Connection);
    let wrapped = refused.context("asking the model").context("answering");
    assert_eq!(wrapped.failure_kind(), FailureKind::Connection);
}

#[test]
fn an_unknown_error_is_permanent() {
    assert_eq!(anyhow!("something").failure_kind(), FailureKind::Permanent);
    assert_eq!(anyhow!("something").retry_after(), None);
}

#[test]
fn a_hint_is_found_too() {
    let mut headers = HeaderMap::new();
    headers.insert("retry-after", "9".parse().unwrap());
    let failed = FailedStatus::of(StatusCode::TOO_MANY_REQUESTS, &headers).unwrap();
    let error = anyhow::Error::from(failed).context("asking the model");
    assert_eq!(error.failure_kind(), FailureKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
}

#[tokio::test]
async fn an_unknown_error_is_reported_once() {
    static REPORTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[async_retry(STANDARD)]
    async fn opaque() -> anyhow::Result<()> {
        Err(anyhow!("no rows")).context("asking the database")
    }

    observe::add_listener(|event: &Event<'_>| {
        if let Event::Opaque { operation, error, .. } = event {
            let error = error.map(|error| error.to_string()).unwrap_or_default();
            REPORTED.lock().unwrap().push(format!("{operation}: {error}"));
        }
    })
    .unwrap();
    for _ in 0..2 {
        opaque().await.unwrap_err();
    }
    let reported = REPORTED.lock().unwrap();
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].starts_with("anyhow::opaque: asking the database"), "{reported:?}");
}

static API: CircuitBreaker = CircuitBreaker::new("api").failure_threshold(1);

#[circuit_breaker(API)]
#[async_retry(STANDARD, attempt_timeout = "1s", attempt = n)]
async fn ask(hangs: u32, error: io::ErrorKind) -> anyhow::Result<u32> {
    if n <= hangs {
        std::future::pending::<()>().await;
    }
    if n < 3 { Err(io::Error::from(error)).context("asking") } else { Ok(n) }
}

#[tokio::test(start_paused = true)]
async fn an_annotated_function_may_return_anyhows_result() {
    assert_eq!(ask(0, io::ErrorKind::ConnectionReset).await.unwrap(), 3);
    assert_eq!(ask(1, io::ErrorKind::ConnectionReset).await.unwrap(), 3);
    assert_eq!(
        ask(9, io::ErrorKind::Other).await.unwrap_err().failure_kind(),
        FailureKind::Timeout
    );
    let rejected = ask(0, io::ErrorKind::Other).await.unwrap_err();
    assert_eq!(rejected.failure_kind(), FailureKind::CircuitOpen);
}

#[tokio::test(start_paused = true)]
async fn the_causes_follow_a_context() {
    static ERRORS: Mutex<Vec<String>> = Mutex::new(Vec::new());

    fn note(event: &Event<'_>) {
        if let Event::RetryScheduled { error: Some(error), .. } = event {
            ERRORS.lock().unwrap().push(error.to_string());
        }
    }

    fn refused() -> anyhow::Result<()> {
        Err(io::Error::from(io::ErrorKind::ConnectionRefused)).context("asking\nthe model")
    }

    #[async_retry(STANDARD, max_attempts = 2, on_retry = note)]
    async fn annotated() -> anyhow::Result<()> {
        refused()
    }

    #[async_retry(STANDARD, max_attempts = 2, on_retry = note, retry_if = |_| true)]
    async fn asked() -> anyhow::Result<()> {
        refused()
    }

    let policy = STANDARD.max_attempts(2);
    annotated().await.unwrap_err();
    asked().await.unwrap_err();
    policy.run(|| async { refused() }).on_retry(note).await.unwrap_err();
    let run = policy.run(|| async { refused() });
    run.retry_unclassified_if(|_| true).on_retry(note).await.unwrap_err();
    assert_eq!(*ERRORS.lock().unwrap(), [r"asking\nthe model: connection refused"; 4]);
}
