//! The code of `docs/failures-databases.md`, compiled. The package `prose` checks that the chapter
//! shows lines of this file.

use retry_utils::{STANDARD, async_retry};
use sqlx::PgPool;

#[async_retry(STANDARD, max_attempts = 4, base_delay = "10ms")]
async fn transfer(pool: &PgPool, amount: i64) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("UPDATE account SET balance = balance - $1")
        .bind(amount)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

#[tokio::test]
async fn a_closed_pool_is_not_retried() {
    let pool = PgPool::connect_lazy("postgres://localhost/shown").expect("the URL is valid");
    pool.close().await;
    let error = transfer(&pool, 1).await.expect_err("the pool is closed");
    assert!(matches!(error, sqlx::Error::PoolClosed), "{error:?}");
}
