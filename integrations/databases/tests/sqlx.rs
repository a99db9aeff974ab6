//! Errors of the drivers of sqlx: those that databases send, and those of the connection.

mod support;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use retry_utils::FailureKind::{
    self, Bug, Connection, InvalidRequest, Permanent, RateLimited, ResourceExhausted, Timeout,
    Transient, Unauthorized, Unavailable,
};
use retry_utils::{CircuitBreaker, Retryable, STANDARD, async_retry, circuit_breaker};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::postgres::PgPoolOptions;
use sqlx::{ConnectOptions, Executor};
use support::{Answer, ask_postgres, mysql, postgres, refused, to_postgres};

fn to_mysql(address: SocketAddr) -> MySqlConnectOptions {
    MySqlConnectOptions::new()
        .host("127.0.0.1")
        .port(address.port())
        .username("somebody")
        .password("secret")
        .ssl_mode(MySqlSslMode::Disabled)
}

async fn ask_mysql(answer: Answer) -> sqlx::Error {
    let address = mysql(answer).await;
    let asked: Result<MySqlConnection, _> = to_mysql(address).connect().await;
    match asked {
        Ok(mut connection) => connection.execute("SELECT 1").await.unwrap_err(),
        Err(error) => error,
    }
}

#[tokio::test]
async fn postgres_errors_are_classified_by_their_code() {
    for (code, kind) in [
        ("40001", Transient),
        ("40P01", Transient),
        ("40003", Transient),
        ("40002", InvalidRequest),
        ("55P03", Transient),
        ("55006", Transient),
        ("55000", InvalidRequest),
        ("57P05", Transient),
        ("25P03", Transient),
        ("08000", Transient),
        ("08006", Transient),
        ("08001", Connection),
        ("08004", Connection),
        ("08P01", Permanent),
        ("57014", Timeout),
        ("25P04", Timeout),
        ("57P01", Unavailable),
        ("57P02", Unavailable),
        ("57P03", Unavailable),
        ("53100", Unavailable),
        ("53200", Unavailable),
        ("53300", Unavailable),
        ("58030", Unavailable),
        ("28000", Unauthorized),
        ("28P01", Unauthorized),
        ("42501", Unauthorized),
        ("22001", InvalidRequest),
        ("23505", InvalidRequest),
        ("25006", InvalidRequest),
        ("25P02", InvalidRequest),
        ("42601", InvalidRequest),
        ("42P01", InvalidRequest),
        ("54001", InvalidRequest),
        ("P0001", InvalidRequest),
        ("XX000", Permanent),
        ("F0000", Permanent),
        // Not a code of any database. It must not cause a panic.
        ("aé001", Permanent),
    ] {
        let error = ask_postgres(Answer::ToQuery(code, 0)).await;
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), code);
        assert_eq!(error.failure_kind(), kind, "{code}");
    }
}

#[tokio::test]
async fn postgres_may_refuse_the_login() {
    for (code, kind) in [("57P03", Unavailable), ("53300", Unavailable), ("28P01", Unauthorized)] {
        assert_eq!(ask_postgres(Answer::ToLogin(code, 0)).await.failure_kind(), kind, "{code}");
    }
}

#[tokio::test]
async fn mysql_errors_are_classified_by_their_number_and_then_by_their_code() {
    for (code, number, kind) in [
        ("HY000", 1205, Transient),
        ("40001", 1213, Transient),
        ("40000", 3101, Transient),
        ("08S01", 1158, Transient),
        ("HY000", 3572, Transient),
        ("HY000", 3024, Timeout),
        ("70100", 1969, Timeout),
        ("HY000", 1021, Unavailable),
        ("HY001", 1037, Unavailable),
        ("HY001", 1038, Unavailable),
        ("HY000", 1041, Unavailable),
        ("08S01", 1047, Unavailable),
        ("08S01", 1053, Unavailable),
        ("42000", 1203, Unavailable),
        ("42000", 1226, RateLimited),
        ("42000", 1044, Unauthorized),
        ("42000", 1142, Unauthorized),
        ("42000", 1143, Unauthorized),
        ("42000", 1227, Unauthorized),
        ("HY000", 1820, Unauthorized),
        ("HY000", 1862, Unauthorized),
        ("HY000", 1290, InvalidRequest),
        ("HY000", 1836, InvalidRequest),
        ("25006", 1792, InvalidRequest),
        ("23000", 1062, InvalidRequest),
        ("42000", 1064, InvalidRequest),
        ("42S02", 1146, InvalidRequest),
        ("70100", 1317, Permanent),
        ("HY000", 1105, Permanent),
    ] {
        let error = ask_mysql(Answer::ToQuery(code, number)).await;
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), code, "{error}");
        assert_eq!(error.failure_kind(), kind, "{number} ({code}): {error}");
    }
}

#[tokio::test]
async fn mysql_may_refuse_the_login() {
    for (code, number, kind) in [("08004", 1040, Connection), ("28000", 1045, Unauthorized)] {
        let error = ask_mysql(Answer::ToLogin(code, number)).await;
        assert_eq!(error.failure_kind(), kind, "{number}: {error}");
    }
}

#[tokio::test]
async fn a_connection_may_be_refused_or_lost() {
    let nobody = refused().await;
    let error = to_postgres(nobody).connect().await.unwrap_err();
    assert_eq!(error.failure_kind(), Connection, "{error}");
    let error = to_mysql(nobody).connect().await.unwrap_err();
    assert_eq!(error.failure_kind(), Connection, "{error}");
    let error = to_postgres(nobody).host("no-such-host.invalid").connect().await.unwrap_err();
    assert_eq!(error.failure_kind(), Connection, "{error}");
    assert_eq!(ask_postgres(Answer::Close).await.failure_kind(), Transient);
    assert_eq!(ask_mysql(Answer::Close).await.failure_kind(), Transient);
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_exhausted() {
    let address = postgres(Answer::ToQuery("40001", 0)).await;
    // Real time, because the pool has its own clock and uses a real socket.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(20))
        .connect_with(to_postgres(address))
        .await
        .unwrap();
    let _only_one = pool.acquire().await.unwrap();
    let error = pool.acquire().await.unwrap_err();
    assert!(matches!(error, sqlx::Error::PoolTimedOut), "{error}");
    assert_eq!(error.failure_kind(), ResourceExhausted);
}

#[test]
fn other_errors_are_classified_by_their_variant() {
    let source = || "the source".into();
    for (error, kind) in [
        (sqlx::Error::RowNotFound, InvalidRequest),
        (sqlx::Error::Configuration(source()), InvalidRequest),
        (sqlx::Error::InvalidArgument("text".to_owned()), InvalidRequest),
        (sqlx::Error::Tls(source()), Connection),
        (sqlx::Error::Protocol("text".to_owned()), Permanent),
        (sqlx::Error::ColumnNotFound("a".to_owned()), Bug),
        (sqlx::Error::ColumnIndexOutOfBounds { index: 3, len: 2 }, Bug),
        (sqlx::Error::ColumnDecode { index: "a".to_owned(), source: source() }, Bug),
        (sqlx::Error::Decode(source()), Bug),
        (sqlx::Error::Encode(source()), Bug),
        (sqlx::Error::TypeNotFound { type_name: "t".to_owned() }, Bug),
        (sqlx::Error::AnyDriverError(source()), Bug),
        (sqlx::Error::InvalidSavePointStatement, Bug),
        (sqlx::Error::BeginFailed, Transient),
        (sqlx::Error::PoolClosed, Permanent),
        (sqlx::Error::WorkerCrashed, Permanent),
    ] {
        assert_eq!(error.failure_kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn it_is_found_inside_other_errors() {
    let deadlock = async || ask_postgres(Answer::ToQuery("40P01", 0)).await;
    let boxed: Box<dyn Error + Send + Sync> = deadlock().await.into();
    assert_eq!(boxed.failure_kind(), Transient);
    let with_context = anyhow::Error::from(deadlock().await).context("saving the order");
    assert_eq!(with_context.failure_kind(), Transient);
    assert_eq!(FailureKind::find::<()>(&deadlock().await), Some(Transient));
}

static BREAKER: CircuitBreaker = CircuitBreaker::new("protected").failure_threshold(1);

#[circuit_breaker(BREAKER)]
#[async_retry(STANDARD, max_attempts = 2, attempt_timeout = "1s")]
async fn never_answered() -> Result<(), sqlx::Error> {
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
