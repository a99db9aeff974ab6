use retry_utils::Retryable;
use std::time::Duration;

#[derive(Retryable)]
enum ApiError {
    #[retry(rate_limited, afer = wait)]
    Misspelt { wait: Duration },
    #[retry(kind = timeout)]
    FarOff,
    #[retry(timeout = true)]
    KindWithValue,
}

fn main() {}
