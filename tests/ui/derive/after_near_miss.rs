use retry_utils::Retryable;
use std::fmt::Error;
use std::time::Duration;

#[derive(Retryable)]
enum ApiError {
    #[retry(rate_limited, after = delays)]
    Misspelt { delay: Duration, source: Error },
    #[retry(rate_limited, after = cause)]
    WithoutTheField { url: String, reason: Error },
}

fn main() {}
