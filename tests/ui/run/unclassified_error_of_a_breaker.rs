//! A breaker's `call` says what the attribute says of an error that nobody classified.

use retry_utils::CircuitBreaker;

#[derive(Debug, thiserror::Error)]
enum Odd {
    #[error(transparent)]
    Open(#[from] retry_utils::CircuitOpen),
}

static API: CircuitBreaker = CircuitBreaker::new("api");

async fn call() -> Result<u32, Odd> {
    API.call(|| async { Ok(1) }).await
}

fn main() {}
