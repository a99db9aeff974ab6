//! Errors of `SQLite`, through sqlx.

use std::time::Duration;

use retry_utils::FailureKind::{InvalidRequest, Permanent, Transient};
use retry_utils::Retryable;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor};

#[tokio::test]
async fn sqlite_errors_are_classified_by_their_result_code() {
    let file = std::env::temp_dir().join(format!("retry-utils-{}.db", std::process::id()));
    let to_file = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        .busy_timeout(Duration::ZERO);
    let mut one = to_file.connect().await.unwrap();
    one.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)").await.unwrap();
    one.execute("INSERT INTO t VALUES (1)").await.unwrap();

    let mut other = to_file.connect().await.unwrap();
    one.execute("BEGIN EXCLUSIVE").await.unwrap();
    let busy = other.execute("INSERT INTO t VALUES (2)").await.unwrap_err();
    one.execute("COMMIT").await.unwrap();
    let twice = one.execute("INSERT INTO t VALUES (1)").await.unwrap_err();
    let syntax = one.execute("INSERT INTO nothing").await.unwrap_err();
    let mut reader = to_file.clone().read_only(true).connect().await.unwrap();
    let read_only = reader.execute("INSERT INTO t VALUES (3)").await.unwrap_err();
    let missing = SqliteConnectOptions::new().filename("/no/such/folder/file.db");
    let cannot_open = missing.connect().await.unwrap_err();
    std::fs::remove_file(&file).unwrap();

    for (error, code, kind) in [
        (busy, "5", Transient),
        (twice, "1555", InvalidRequest),
        (syntax, "1", InvalidRequest),
        (read_only, "8", InvalidRequest),
        (cannot_open, "14", Permanent),
    ] {
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), code, "{error}");
        assert_eq!(error.failure_kind(), kind, "{error}");
    }
}
