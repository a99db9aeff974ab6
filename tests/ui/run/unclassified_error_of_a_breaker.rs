//! `CircuitBreaker::call` reports an unclassified error as the attribute does.

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
