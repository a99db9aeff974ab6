//! Errors of redis: those that a server sends, and those of the connection.

mod support;

use std::error::Error;
use std::net::SocketAddr;

use redis::{AsyncCommands, Client, RedisError};
use retry_utils::FailureKind::{
    self, Connection, InvalidRequest, Permanent, Transient, Unauthorized, Unavailable,
};
use retry_utils::{CircuitBreaker, Retryable, STANDARD, async_retry, circuit_breaker};
use support::{redis, refused};

async fn get(address: SocketAddr) -> Result<String, RedisError> {
    let client = Client::open(format!("redis://{address}/")).unwrap();
    client.get_multiplexed_async_connection().await?.get("key").await
}

async fn answered(line: &'static str) -> RedisError {
    get(redis(vec![line].leak()).await).await.unwrap_err()
}

#[tokio::test]
async fn an_error_of_the_server_is_classified_by_its_code() {
    for (line, kind) in [
        ("-LOADING Redis is loading the dataset in memory", Unavailable),
        ("-MASTERDOWN Link with MASTER is down", Unavailable),
        ("-CLUSTERDOWN The cluster is down", Unavailable),
        ("-READONLY You can't write against a read only replica.", Unavailable),
        ("-BUSY Redis is busy running a script.", Unavailable),
        ("-OOM command not allowed when used memory > 'maxmemory'.", Unavailable),
        ("-MISCONF Redis is configured to save RDB snapshots", Unavailable),
        ("-NOREPLICAS Not enough good replicas to write.", Unavailable),
        ("-ERR max number of clients reached", Unavailable),
        ("-TRYAGAIN Multiple keys request during rehashing of slot", Transient),
        ("-MOVED 3999 127.0.0.1:6381", Transient),
        ("-ASK 3999 127.0.0.1:6381", Transient),
        ("-NOAUTH Authentication required.", Unauthorized),
        ("-WRONGPASS invalid username-password pair", Unauthorized),
        ("-NOPERM this user has no permissions to run the command", Unauthorized),
        ("-ERR unknown command", InvalidRequest),
        ("-WRONGTYPE Operation against a key holding the wrong kind of value", InvalidRequest),
        ("-EXECABORT Transaction discarded because of previous errors.", InvalidRequest),
        ("-NOSCRIPT No matching script.", InvalidRequest),
        ("-CROSSSLOT Keys in request don't hash to the same slot", InvalidRequest),
        ("-SOMETHING unknown", Permanent),
    ] {
        let error = answered(line).await;
        assert_eq!(error.failure_kind(), kind, "{line}: {error}");
    }
}

#[tokio::test]
async fn an_unreadable_answer_is_permanent() {
    let error = answered("?no such type").await;
    assert_eq!(error.failure_kind(), Permanent, "{error}");
}

#[tokio::test]
async fn a_connection_may_be_refused_or_lost() {
    let error = get(refused().await).await.unwrap_err();
    assert_eq!(error.failure_kind(), Connection, "{error}");
    let error = answered("").await;
    assert_eq!(error.failure_kind(), Transient, "{error}");
    let nowhere = Client::open("redis://no-such-host.invalid/").unwrap();
    let error = nowhere.get_multiplexed_async_connection().await.map(drop).unwrap_err();
    assert_eq!(error.failure_kind(), Connection, "{error}");
}

#[tokio::test]
async fn it_is_found_inside_other_errors() {
    let boxed: Box<dyn Error + Send + Sync> = answered("-LOADING").await.into();
    assert_eq!(boxed.failure_kind(), Unavailable);
    let with_context = anyhow::Error::from(answered("-LOADING").await).context("reading the cart");
    assert_eq!(with_context.failure_kind(), Unavailable);
    assert_eq!(FailureKind::find::<()>(&answered("-LOADING").await), Some(Unavailable));
}

static BREAKER: CircuitBreaker = CircuitBreaker::new("protected").failure_threshold(1);

#[circuit_breaker(BREAKER)]
#[async_retry(STANDARD, max_attempts = 2, attempt_timeout = "1s")]
async fn never_answered() -> Result<(), RedisError> {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_timeout_and_a_rejection_are_classified_as_such() {
    let timed_out = never_answered().await.unwrap_err();
    assert_eq!(timed_out.failure_kind(), FailureKind::Timeout, "{timed_out:?}");
    assert!(timed_out.to_string().contains("timed out: the attempt"), "{timed_out}");
    let open = never_answered().await.unwrap_err();
    assert_eq!(open.failure_kind(), FailureKind::CircuitOpen, "{open:?}");
    assert!(open.to_string().contains("circuit breaker `protected` is open"), "{open}");
    assert_eq!(FailureKind::find::<()>(&open), Some(FailureKind::CircuitOpen));
    let boxed: Box<dyn std::error::Error + Send + Sync> = open.into();
    assert_eq!(boxed.failure_kind(), FailureKind::CircuitOpen);
}
