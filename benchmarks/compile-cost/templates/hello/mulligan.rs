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
    let greeting = mulligan::until_ok()
        .stop_after(2)
        .max_delay(Duration::from_secs(10))
        .exponential(Duration::from_secs(1))
        .full_jitter()
        .execute(async || greet("world").await);
    println!("{:?}", block_on(greeting));
}
