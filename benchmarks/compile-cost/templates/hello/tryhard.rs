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
    let greeting = tryhard::retry_fn(|| greet("world"))
        .retries(2)
        .exponential_backoff(Duration::from_secs(1))
        .max_delay(Duration::from_secs(10));
    println!("{:?}", block_on(async move { greeting.await }));
}
