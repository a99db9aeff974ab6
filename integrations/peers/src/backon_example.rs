//! A call with backon.

use std::io::{self, ErrorKind};

/// Returns the price of an article.
///
/// # Errors
///
/// Returns the error of the last attempt.
pub async fn retried(price: impl AsyncFn(u32) -> io::Result<u32>) -> io::Result<u32> {
    use backon::{ExponentialBuilder, Retryable};

    let price = (|| price(7))
        .retry(ExponentialBuilder::default().with_max_times(2).with_jitter())
        .when(|error| error.kind() == ErrorKind::TimedOut)
        .notify(|error, wait| eprintln!("{error}; again in {wait:?}"))
        .await?;
    Ok(price)
}
