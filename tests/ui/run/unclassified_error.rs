//! Neither `.await` nor a spawned task accepts a run whose error is not classified.

use retry_utils::STANDARD;

#[derive(Debug)]
struct Odd;

impl std::fmt::Display for Odd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("odd")
    }
}

async fn fetch() -> Result<u32, Odd> {
    Err(Odd)
}

async fn awaited() -> Result<u32, Odd> {
    STANDARD.run(|| fetch()).await
}

async fn judged() -> Result<u32, Odd> {
    STANDARD.run(|| fetch()).retry_if(|_| true).await
}

fn spawned() {
    tokio::spawn(STANDARD.run(|| fetch()));
}

fn blocking() -> Result<u32, Odd> {
    STANDARD.run_blocking(|| Err(Odd)).call()
}

async fn lending() -> Result<u32, Odd> {
    STANDARD.run_mut(async || Err(Odd)).await
}

fn main() {}
