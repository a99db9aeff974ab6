use std::time::Duration;
use tower::{Layer, ServiceExt, service_fn};
use tower_resilience_circuitbreaker::CircuitBreakerLayer;
use tower_resilience_retry::{ExponentialBackoff, RetryLayer};

#[derive(Debug, Clone)]
struct Down;

async fn greet(name: &'static str) -> Result<String, Down> {
    if name.is_empty() {
        return Err(Down);
    }
    Ok(format!("hello, {name}"))
}

fn main() {
    let retry = RetryLayer::<&'static str, String, Down>::builder()
        .max_attempts(3)
        .backoff(ExponentialBackoff::new(Duration::from_secs(1)))
        .build();
    let breaker = CircuitBreakerLayer::builder().failure_rate_threshold(0.5).build().unwrap();
    let service = breaker.layer(retry.layer(service_fn(greet)));
    println!("{}", block_on(service.oneshot("world")).is_ok());
}
