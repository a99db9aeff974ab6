//! Errors without a classification are reported once for each operation.

mod common;

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex};

use common::Calls;
use retry_utils::observe::{self, Event};
use retry_utils::{
    FailureKind, FailureKinds, Jitter, Mode, RetryConfig, Retryable, STANDARD, TimedOut,
    async_retry,
};

type Boxed = Box<dyn Error + Send + Sync>;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

/// The reported `Event::Opaque`, each as operation and error.
struct Reports(Arc<Mutex<Vec<(String, String)>>>);

impl Reports {
    fn start() -> Self {
        let reports = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&reports);
        observe::add_listener(move |event: &Event<'_>| {
            if let Event::Opaque { operation, error, .. } = event {
                let error = error.map(|error| error.to_string()).unwrap_or_default();
                log.lock().unwrap().push(((*operation).to_owned(), error));
            }
        })
        .unwrap();
        Self(reports)
    }

    fn of(&self, operation: &str) -> Vec<String> {
        let reports = self.0.lock().unwrap();
        let errors = reports.iter().filter(|(name, _)| name == operation);
        errors.map(|(_, error)| error.clone()).collect()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no rows in the answer")]
struct Unclassified;

#[derive(Debug, thiserror::Error, Retryable)]
enum Mine {
    #[error(transparent)]
    #[retry(transparent)]
    Other(#[from] Boxed),
    #[error("gone")]
    #[retry(permanent)]
    Gone,
}

#[tokio::test(start_paused = true)]
async fn an_opaque_error_is_reported_once() {
    #[async_retry(PLAIN)]
    async fn boxed(calls: &Calls) -> Result<(), Boxed> {
        let _ = calls.fail_first(9);
        Err(Unclassified.into())
    }

    #[async_retry(PLAIN)]
    async fn sendable() -> Result<(), Box<dyn Error + Send>> {
        Err(Box::new(Unclassified))
    }

    #[async_retry(PLAIN)]
    async fn local() -> Result<(), Box<dyn Error>> {
        Err("text".into())
    }

    #[async_retry(PLAIN)]
    async fn forwarded() -> Result<(), Mine> {
        Err(Boxed::from(Unclassified).into())
    }

    let reports = Reports::start();
    let calls = Calls::new();
    for _ in 0..3 {
        boxed(&calls).await.unwrap_err();
        sendable().await.unwrap_err();
        local().await.unwrap_err();
        forwarded().await.unwrap_err();
        PLAIN
            .run(|| async { Err::<(), Boxed>(Unclassified.into()) })
            .name("run")
            .await
            .unwrap_err();
        let failing = || Err::<(), Boxed>(Unclassified.into());
        PLAIN.run_blocking(failing).name("blocking").call().unwrap_err();
        assert_eq!(PLAIN.retries("retries").next(&Boxed::from(Unclassified)), None);
    }
    assert_eq!(calls.count(), 3, "one attempt each");
    for operation in ["boxed", "sendable", "forwarded"] {
        let operation = format!("opaque::{operation}");
        assert_eq!(reports.of(&operation), ["no rows in the answer"], "{operation}");
    }
    assert_eq!(reports.of("opaque::local"), ["text"]);
    for operation in ["run", "blocking", "retries"] {
        assert_eq!(reports.of(operation), ["no rows in the answer"], "{operation}");
    }
}

#[tokio::test(start_paused = true)]
async fn errors_with_a_classification_or_a_predicate_are_not_reported() {
    #[async_retry(PLAIN)]
    async fn known() -> Result<(), Boxed> {
        Err(io::Error::from(io::ErrorKind::InvalidData).into())
    }

    #[async_retry(PLAIN)]
    async fn own(error: fn() -> Mine) -> Result<(), Mine> {
        Err(error())
    }

    #[async_retry(PLAIN, retry_if = |_| false)]
    async fn judged() -> Result<(), Boxed> {
        Err(Unclassified.into())
    }

    #[async_retry(PLAIN, max_attempts = 2, retry_on = FailureKinds::ALL)]
    async fn retried(calls: &Calls) -> Result<(), Boxed> {
        let _ = calls.fail_first(9);
        Err(Unclassified.into())
    }

    #[async_retry(PLAIN, mode = Mode::Off)]
    async fn off() -> Result<(), Boxed> {
        Err(Unclassified.into())
    }

    #[async_retry(PLAIN, max_attempts = 1, attempt_timeout = "1s")]
    async fn timed_out() -> Result<(), Boxed> {
        std::future::pending().await
    }

    let reports = Reports::start();
    let calls = Calls::new();
    known().await.unwrap_err();
    own(|| Mine::Gone).await.unwrap_err();
    let permanent = || Boxed::from(io::Error::from(io::ErrorKind::InvalidData)).into();
    own(permanent).await.unwrap_err();
    judged().await.unwrap_err();
    retried(&calls).await.unwrap_err();
    off().await.unwrap_err();
    assert!(timed_out().await.unwrap_err().is::<TimedOut>());
    let judged = || async { Err::<(), Boxed>(Unclassified.into()) };
    PLAIN.run(judged).name("judged").retry_if(|_| false).await.unwrap_err();
    PLAIN.run(judged).name("judged").retry_unclassified_if(|_| false).await.unwrap_err();
    assert_eq!(PLAIN.retries("values").next_failure(FailureKind::Permanent, None), None);
    assert_eq!(calls.count(), 2);
    let operations = ["known", "own", "judged", "retried", "off", "timed_out"];
    for operation in operations.map(|name| format!("opaque::{name}")) {
        assert_eq!(reports.of(&operation), [""; 0], "{operation}");
    }
    assert_eq!(reports.of("judged"), [""; 0]);
    assert_eq!(reports.of("values"), [""; 0]);
}
