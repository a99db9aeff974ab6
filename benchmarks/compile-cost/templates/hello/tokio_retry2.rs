use tokio_retry2::strategy::ExponentialBackoff;
use tokio_retry2::{Retry, RetryError};

#[derive(Debug)]
struct Down;

async fn greet(name: &str) -> Result<String, RetryError<Down>> {
    if name.is_empty() {
        return Err(RetryError::transient(Down));
    }
    Ok(format!("hello, {name}"))
}

fn main() {
    let strategy = ExponentialBackoff::from_millis(1000).take(2);
    println!("{:?}", block_on(Retry::spawn(strategy, || greet("world"))));
}
