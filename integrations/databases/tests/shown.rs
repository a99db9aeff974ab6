//! The code of `docs/failures-databases.md`, compiled. The package `prose` checks that the chapter
//! shows lines of this file.

mod support;

use retry_utils::{FailureKind, Retryable, STANDARD, async_retry};
use sqlx::PgPool;
use sqlx::error::DatabaseError;
use support::{Answer, ask_postgres};

#[async_retry(STANDARD, max_attempts = 4, base_delay = "10ms")]
async fn transfer(pool: &PgPool, amount: i64) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("UPDATE account SET balance = balance - $1")
        .bind(amount)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

#[async_retry(STANDARD, retry_if = is_rolled_back)]
async fn pay(pool: &PgPool, amount: i64) -> Result<(), sqlx::Error> {
    transfer_once(pool, amount).await
}

/// Returns whether the transaction certainly did not commit.
fn is_rolled_back(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    let is_conflict = matches!(code.as_deref(), Some("40001" | "40P01"));
    is_conflict || error.failure_kind() == FailureKind::Connection
}

async fn transfer_once(pool: &PgPool, amount: i64) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT $1").bind(amount).execute(pool).await.map(drop)
}

#[tokio::test]
async fn only_a_transaction_that_was_rolled_back_is_accepted() {
    for (answer, expected) in [
        (Answer::ToQuery("40001", 0), true),
        (Answer::ToQuery("40P01", 0), true),
        (Answer::ToQuery("40002", 0), false),
        (Answer::ToQuery("57014", 0), false),
        (Answer::Close, false),
    ] {
        assert_eq!(is_rolled_back(&ask_postgres(answer).await), expected, "{answer:?}");
    }
}

#[tokio::test]
async fn a_closed_pool_is_not_retried() {
    let pool = PgPool::connect_lazy("postgres://localhost/shown").expect("the URL is valid");
    pool.close().await;
    for error in [transfer(&pool, 1).await, pay(&pool, 1).await] {
        let error = error.expect_err("the pool is closed");
        assert!(matches!(error, sqlx::Error::PoolClosed), "{error:?}");
    }
}
