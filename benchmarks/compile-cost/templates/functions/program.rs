
type Answer<'a> = std::pin::Pin<Box<dyn Future<Output = Result<u32, Failure>> + Send + 'a>>;
type Call = for<'a> fn(u32, &'a str) -> Answer<'a>;

async fn measure(name: &str) -> Result<u32, Failure> {
    if name.is_empty() { Err(Failure::Down) } else { Ok(std::future::ready(1).await) }
}

fn main() {
    let name = std::env::args().next().unwrap_or_default();
    let call = CALLS[name.len() % CALLS.len()];
    println!("{}", block_on(call(7, &name)).is_ok());
}
