use retry_utils::{CircuitBreaker, async_retry, circuit_breaker};

static API: CircuitBreaker = CircuitBreaker::new("api");

type Count = u32;

#[async_retry]
async fn retried() -> Count {
    1
}

#[circuit_breaker(API)]
async fn guarded() -> Count {
    1
}

#[circuit_breaker(API)]
#[async_retry]
async fn both() -> Count {
    1
}

fn main() {}
