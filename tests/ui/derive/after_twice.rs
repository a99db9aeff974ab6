use retry_utils::Retryable;
use std::time::Duration;

#[derive(Retryable)]
#[retry(rate_limited, after = first, after = second)]
struct SlowDown {
    first: Duration,
    second: Duration,
}

fn main() {}
