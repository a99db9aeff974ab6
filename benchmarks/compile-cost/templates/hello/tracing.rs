#[derive(Debug)]
struct Down;

#[tracing::instrument(skip_all)]
async fn greet(name: &str) -> Result<String, Down> {
    if name.is_empty() {
        return Err(Down);
    }
    Ok(format!("hello, {name}"))
}

fn main() {
    println!("{:?}", block_on(greet("world")));
}
