use execution_policy::{CircuitBreaker, ExecutionPolicyBuilder, Retry};
use std::time::Duration;

#[derive(Debug)]
struct Down;

async fn greet(name: &str) -> Result<String, Down> {
    if name.is_empty() {
        return Err(Down);
    }
    Ok(format!("hello, {name}"))
}

fn main() {
    let policy = ExecutionPolicyBuilder::<_, Down>::new()
        .retry(Retry::exponential().max_attempts(3).base_delay(Duration::from_secs(1)))
        .circuit_breaker(CircuitBreaker::consecutive_failures(5).open_for(Duration::from_secs(60)))
        .build();
    println!("{}", block_on(policy.run(async || greet("world").await)).is_ok());
}
