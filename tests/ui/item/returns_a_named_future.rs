use std::pin::Pin;

use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, async_retry, circuit_breaker};

#[derive(Debug, thiserror::Error, Retryable)]
enum Failed {
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}

static API: CircuitBreaker = CircuitBreaker::new("api");

type HttpFuture = Pin<Box<dyn Future<Output = Result<u32, Failed>> + Send>>;
type Answer = HttpFuture;

trait Service {
    type Future;
    fn call(&mut self) -> Self::Future;
}

struct Client;

impl Service for Client {
    type Future = HttpFuture;

    #[async_retry]
    fn call(&mut self) -> Self::Future {
        Box::pin(async move { Ok(1) })
    }
}

#[async_retry]
fn bound_before() -> HttpFuture {
    let future = async { Ok(1) };
    Box::pin(future)
}

#[circuit_breaker(API)]
#[async_retry]
fn without_its_name() -> Answer {
    Box::pin(async move { Ok(1) })
}

#[circuit_breaker(API)]
fn without_a_block(client: &mut Client) -> <Client as Service>::Future {
    client.call()
}

#[async_retry]
fn boxed_name() -> Pin<Box<dyn HttpCall>> {
    Box::pin(async move { Ok(1) })
}

fn main() {}
