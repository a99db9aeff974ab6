//! The examples of the Python module `retry_utils` and of its integration guide, in Rust.

mod common;

use std::env;
use std::process::Command;
use std::time::Duration;

use common::{Calls, Failed, TRANSIENT};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use retry_utils::{
    CircuitBreaker, CircuitOpen, CircuitState, ConfigError, FailureKind, Permit, RetryConfig,
    STANDARD, STREAMING, async_retry, circuit_breaker,
};

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_twice_is_called_three_times() {
    #[async_retry(STANDARD)]
    async fn flaky(calls: &Calls) -> Result<u32, Failed> {
        calls.fail_first(2)
    }

    let calls = Calls::new();
    assert_eq!(flaky(&calls).await.unwrap(), 3);
    assert_eq!(calls.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_breaker_opens_after_three_failures_and_is_half_open_after_its_timeout() {
    let breaker =
        CircuitBreaker::new("seed").failure_threshold(3).recovery_timeout(Duration::from_secs(60));
    for _ in 0..3 {
        assert!(breaker.should_allow_request());
        breaker.record_failure();
    }
    assert_eq!(breaker.state().to_string(), "OPEN");
    assert!(!breaker.should_allow_request());

    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(breaker.should_allow_request());
    assert_eq!(breaker.state().to_string(), "HALF_OPEN");
    breaker.record_success();
    assert!(breaker.should_allow_request());
    breaker.record_success();
    assert_eq!(breaker.state().to_string(), "CLOSED");
}

static LYZR_API: CircuitBreaker = CircuitBreaker::new("seed/lyzr-api").failure_threshold(2);

/// Options 1 and 2 of the guide: the methods of a client.
struct Client {
    calls: Calls,
    failures: u32,
}

impl Client {
    fn failing(failures: u32) -> Self {
        Self { calls: Calls::new(), failures }
    }

    #[async_retry(STANDARD)]
    async fn option_1(&self) -> Result<u32, Failed> {
        self.calls.fail_first(self.failures)
    }

    #[circuit_breaker(LYZR_API)]
    #[async_retry(STANDARD)]
    async fn option_2(&self) -> Result<u32, Failed> {
        self.calls.fail_first(self.failures)
    }
}

#[tokio::test(start_paused = true)]
async fn option_1_a_method_with_retry() {
    assert_eq!(Client::failing(2).option_1().await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn option_2_one_breaker_for_all_instances() {
    // Two instances with one failed call each open the breaker for a third.
    for _ in 0..2 {
        let client = Client::failing(99);
        client.option_2().await.unwrap_err();
        assert_eq!(client.calls.count(), 3);
    }
    let other = Client::failing(0);
    assert!(matches!(other.option_2().await, Err(Failed::Open(_))));
    assert_eq!(other.calls.count(), 0);
}

/// Returns the stream of an LLM: two tokens, and then the end or an error.
fn tokens(breaks: bool) -> impl Stream<Item = Result<&'static str, Failed>> + Unpin {
    let end = breaks.then_some(Err(TRANSIENT));
    stream::iter([Ok("Hello, "), Ok("world")]).chain(stream::iter(end))
}

/// Option 3 of the guide: the endpoint reads the whole stream before it answers, so that the call
/// can be retried as a whole.
///
/// This has a price. The reader sees no token before the last one has arrived, the whole answer is
/// in memory, and each retry pays for the whole generation again. If tokens are shown as they
/// arrive, retry only the connection, with `STREAMING`.
#[async_retry(STANDARD)]
async fn option_3(calls: &Calls) -> Result<String, Failed> {
    tokens(calls.next() < 3).try_collect().await
}

#[tokio::test(start_paused = true)]
async fn option_3_a_buffered_stream_is_retried_as_a_whole() {
    let calls = Calls::new();
    assert_eq!(option_3(&calls).await.unwrap(), "Hello, world", "each token exactly once");
    assert_eq!(calls.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_connection_of_a_stream_is_retried_and_the_stream_is_not() {
    #[async_retry(STREAMING)]
    async fn open(
        calls: &Calls,
    ) -> Result<impl Stream<Item = Result<&'static str, Failed>>, Failed> {
        match calls.next() {
            1 => Err(Failed::Kind(FailureKind::Connection)),
            _ => Ok(tokens(true)),
        }
    }

    let calls = Calls::new();
    let items: Vec<_> = open(&calls).await.unwrap().collect().await;
    assert_eq!((items.len(), calls.count()), (3, 2));
    assert!(items[2].is_err(), "the reader gets the error");
}

#[tokio::test(start_paused = true)]
async fn a_breaker_by_hand_around_a_stream() {
    static FEED: CircuitBreaker = CircuitBreaker::new("seed/feed").failure_threshold(2);

    async fn read(breaks: bool) -> Result<usize, Failed> {
        let permit: Permit<'_> = FEED.try_acquire()?;
        let items: Result<Vec<_>, _> = tokens(breaks).try_collect().await;
        permit.record(&items);
        items.map(|items| items.len())
    }

    assert_eq!(read(false).await.unwrap(), 2);
    for _ in 0..2 {
        read(true).await.unwrap_err();
    }
    assert!(matches!(read(false).await, Err(Failed::Open(_))));
    assert_eq!(FEED.state(), CircuitState::Open);
}

/// Returns how many calls a failure of this kind causes.
async fn calls_for(kind: FailureKind) -> u32 {
    #[async_retry(STANDARD)]
    async fn fail(calls: &Calls, kind: FailureKind) -> Result<u32, Failed> {
        calls.next();
        Err(Failed::Kind(kind))
    }

    let calls = Calls::new();
    fail(&calls, kind).await.unwrap_err();
    calls.count()
}

#[tokio::test(start_paused = true)]
async fn kinds_that_are_retried() {
    for (line, kind) in [
        ("timeouts", FailureKind::Timeout),
        ("connections that could not be made", FailureKind::Connection),
        ("a service that is unavailable", FailureKind::Unavailable),
        ("rate limits", FailureKind::RateLimited),
        ("other failures that pass", FailureKind::Transient),
    ] {
        assert_eq!(calls_for(kind).await, 3, "{line} are retried");
    }
}

#[tokio::test(start_paused = true)]
async fn kinds_that_are_not_retried() {
    for (line, kind) in [
        ("failed authentication", FailureKind::Unauthorized),
        ("invalid requests", FailureKind::InvalidRequest),
        ("failures in the middle of a stream", FailureKind::MidStream),
        ("exhausted resources", FailureKind::ResourceExhausted),
        ("bugs", FailureKind::Bug),
        ("open circuits", FailureKind::CircuitOpen),
        ("other failures that stay", FailureKind::Permanent),
    ] {
        assert_eq!(calls_for(kind).await, 1, "{line} are not retried");
    }
}

#[test]
fn settings_come_from_the_environment() {
    let said = in_a_child(&[("RETRY_MAX_ATTEMPTS", "5"), ("RETRY_BASE_DELAY", "0.25")]);
    assert!(said.contains("5 attempts, 250ms"), "{said}");
    let said = in_a_child(&[("RETRY_MAX_ATTEMPTS", "abc")]);
    assert!(said.contains("RETRY_MAX_ATTEMPTS=\"abc\""), "{said}");
    let said = in_a_child(&[("RETRY_MAX_DELAY", "0.5")]);
    assert!(said.contains("RETRY_MAX_DELAY=\"0.5\"") && said.contains("base delay (1s)"), "{said}");
}

/// Runs the test below in a separate process, because a process with threads must not change its
/// environment variables.
fn in_a_child(variables: &[(&str, &str)]) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child_that_prints_its_settings", "--ignored", "--nocapture"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "run by settings_come_from_the_environment, with variables set"]
fn child_that_prints_its_settings() {
    let settings: Result<RetryConfig, ConfigError> = RetryConfig::from_env();
    match settings {
        Ok(policy) => println!("{} attempts, {:?}", policy.max_attempts, policy.base_delay),
        Err(error) => println!("{error}"),
    }
}

#[test]
fn a_rejection_has_the_name_and_the_remaining_time() {
    let breaker = CircuitBreaker::new("seed/named");
    breaker.force_open();
    let open: CircuitOpen = breaker.try_acquire().unwrap_err();
    assert_eq!((open.name(), open.retry_in()), ("seed/named", None));
}
