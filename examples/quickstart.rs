//! One annotated function. It fails twice, then succeeds: `cargo run --example quickstart`.

use std::sync::atomic::{AtomicU32, Ordering};

use retry_utils::observe::{self, Event};
use retry_utils::{Retryable, STANDARD, async_retry};

#[derive(Debug, thiserror::Error, Retryable)]
enum WeatherError {
    #[error("the weather service is restarting")]
    #[retry(unavailable)]
    Restarting,
}

// `STANDARD` makes three attempts, and doubles the wait between them. Only `base_delay` is changed.
#[async_retry(STANDARD, base_delay = "200ms")]
async fn temperature(calls: &AtomicU32) -> Result<f64, WeatherError> {
    match calls.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(WeatherError::Restarting),
        _ => Ok(21.5),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    observe::add_listener(|event: &Event<'_>| {
        if let Event::RetryScheduled { attempt, max_attempts, delay, error: Some(error), .. } =
            event
        {
            println!("attempt {attempt} of {max_attempts}: {error}; next attempt in {delay:.0?}");
        }
    })?;
    println!("{} degrees", temperature(&AtomicU32::new(0)).await?);
    Ok(())
}
