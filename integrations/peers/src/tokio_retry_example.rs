//! A call with tokio-retry.

use std::io::{self, ErrorKind};

/// Returns the price of an article.
///
/// # Errors
///
/// Returns the error of the last attempt.
pub async fn retried(price: impl AsyncFn(u32) -> io::Result<u32>) -> io::Result<u32> {
    use tokio_retry::RetryIf;
    use tokio_retry::strategy::{ExponentialBackoff, jitter};

    let delays = ExponentialBackoff::from_millis(2).factor(500).map(jitter).take(2);
    let timed_out = |error: &io::Error| error.kind() == ErrorKind::TimedOut;
    let price = RetryIf::start(delays, || price(7), timed_out).await?;
    Ok(price)
}
