use backon_macros::backon;

#[derive(Debug)]
struct Down;

impl Down {
    fn is_transient(&self) -> bool {
        true
    }
}

#[backon(backoff = backon::ExponentialBuilder::default, sleep = tokio::time::sleep, when = Down::is_transient)]
async fn greet(name: &str) -> Result<String, Down> {
    if name.is_empty() {
        return Err(Down);
    }
    Ok(format!("hello, {name}"))
}

fn main() {
    println!("{:?}", block_on(greet("world")));
}
