use failsafe::Config;
use failsafe::futures::CircuitBreaker;

#[derive(Debug)]
struct Down;

async fn greet(name: &str) -> Result<String, Down> {
    if name.is_empty() {
        return Err(Down);
    }
    Ok(format!("hello, {name}"))
}

fn main() {
    let breaker = Config::new().build();
    println!("{}", block_on(breaker.call(greet("world"))).is_ok());
}
