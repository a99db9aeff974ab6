//! Retries a whole transaction while the database is locked. An invalid transaction is not retried.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example sqlx
//! ```

use std::time::Duration;

use retry_utils::{Jitter, STANDARD, async_retry};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{ConnectOptions, Connection, Executor};

/// Runs the whole transaction, because after a conflict everything that it read is stale.
#[async_retry(STANDARD, max_attempts = 4, base_delay = "10ms", jitter = Jitter::Equal, on_retry = |event| println!("{event:?}"))]
async fn transfer(pool: &SqlitePool, amount: i64) -> Result<i64, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("UPDATE account SET balance = balance - ?")
        .bind(amount)
        .execute(&mut *transaction)
        .await?;
    let left =
        sqlx::query_scalar("SELECT balance FROM account").fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(left)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::temp_dir().join(format!("retry-utils-example-{}.db", std::process::id()));
    let to_file = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        // Otherwise SQLite itself waits for the lock.
        .busy_timeout(Duration::ZERO);
    let pool = SqlitePool::connect_with(to_file.clone()).await?;
    pool.execute("CREATE TABLE account (balance INTEGER CHECK (balance >= 0))").await?;
    pool.execute("INSERT INTO account VALUES (100)").await?;

    // Another connection holds the lock for a while.
    let mut other = to_file.connect().await?;
    other.execute("BEGIN EXCLUSIVE").await?;
    let (left, released) = tokio::join!(transfer(&pool, 30), async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        other.execute("COMMIT").await
    });
    released?;
    println!("left after the transfer: {}", left?);
    println!("refused: {}", transfer(&pool, 1000).await.unwrap_err());
    other.close().await?;
    pool.close().await;
    std::fs::remove_file(&file)?;
    Ok(())
}
