//! Calls a Redis server that is still loading its data set. The calls are retried until it is
//! ready. A refused command is not retried.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example redis
//! ```

#[path = "../tests/support/mod.rs"]
mod support;

use redis::{AsyncCommands, Client, RedisError};
use retry_utils::{STANDARD, async_retry};

#[async_retry(STANDARD, base_delay = "10ms", on_retry = |event| println!("{event:?}"))]
async fn cart(client: &Client, user: &str) -> Result<String, RedisError> {
    let mut connection = client.get_multiplexed_async_connection().await?;
    connection.get(format!("cart:{user}")).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), RedisError> {
    let loading = "-LOADING Redis is loading the dataset in memory";
    // A server in this process that gives these answers in turn.
    let server =
        support::redis(vec![loading, loading, "+three books", "-ERR unknown"].leak()).await;
    let client = Client::open(format!("redis://{server}/"))?;
    println!("{}", cart(&client, "ada").await?);
    println!("refused: {}", cart(&client, "ada").await.unwrap_err());
    Ok(())
}
