//! Retries without tokio, on the timer of smol, which works with any executor.
//!
//! ```text
//! cargo run -p with-smol --example smol    # in `integrations`
//! ```

use std::io::{Error, ErrorKind, Result};
use std::time::{Duration, Instant};

use retry_utils::{CircuitBreaker, RetryConfig, STANDARD, async_retry, circuit_breaker};

const POLICY: RetryConfig = STANDARD.base_delay(Duration::from_millis(20));

static SEARCH: CircuitBreaker = CircuitBreaker::new("search");

#[circuit_breaker(SEARCH)]
#[async_retry(POLICY, attempt_timeout = "50ms", attempt = attempt)]
async fn search(words: &str) -> Result<String> {
    println!("attempt {attempt}");
    match attempt {
        1 => Err(Error::from(ErrorKind::ConnectionRefused)),
        // Never answers, so the timeout ends the attempt.
        2 => std::future::pending().await,
        _ => Ok(format!("all about {words}")),
    }
}

fn main() -> Result<()> {
    let start = Instant::now();
    println!("{}", smol::block_on(search("retries"))?);
    println!("after {:.0?}, and the breaker is {}", start.elapsed(), SEARCH.state());
    Ok(())
}
