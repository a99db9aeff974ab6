use retry_utils::Retryable;
use std::time::Duration;

#[derive(Retryable)]
enum ApiError {
    #[retry(rate_limited)]
    SlowDown {
        #[retry(after)]
        wait: Duration,
    },
}

#[derive(Retryable)]
#[retry(transparent)]
struct Wrapped(#[retry(transparent)] std::io::Error);

fn main() {}
