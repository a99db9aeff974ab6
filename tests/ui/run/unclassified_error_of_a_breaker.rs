//! A breaker's `call` has the attribute's message for an unclassified error.

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
