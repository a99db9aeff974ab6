//! Retries a function that returns `anyhow::Result`. The causes of the error decide.
//!
//! ```sh
//! cargo run --manifest-path integrations/Cargo.toml --example anyhow
//! ```

use std::io::{Error, ErrorKind};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use retry_utils::{STANDARD, async_retry};

#[async_retry(STANDARD, base_delay = "10ms", on_retry = |event| println!("{event:?}"))]
async fn load(calls: &AtomicU32, path: &str) -> anyhow::Result<String> {
    let error = match calls.fetch_add(1, Ordering::Relaxed) {
        0 => ErrorKind::ConnectionReset,
        _ => ErrorKind::NotFound,
    };
    Err(Error::from(error)).with_context(|| format!("loading {path}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let error = load(&AtomicU32::new(0), "prompts/a").await.unwrap_err();
    println!("{error:#}");
}
