use circuitbreaker_rs::{CircuitBreaker, DefaultPolicy};
use std::time::Duration;

#[derive(Debug)]
struct Down;

impl std::fmt::Display for Down {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("down")
    }
}

impl std::error::Error for Down {}

async fn greet(name: &str) -> Result<String, Down> {
    if name.is_empty() {
        return Err(Down);
    }
    Ok(format!("hello, {name}"))
}

fn main() {
    let breaker = CircuitBreaker::<DefaultPolicy, Down>::builder()
        .failure_threshold(0.5)
        .cooldown(Duration::from_secs(60))
        .build();
    println!("{}", block_on(breaker.call_async(|| greet("world"))).is_ok());
}
