use retry_utils::Retryable;
use std::time::Duration;

#[derive(Retryable)]
enum ApiError {
    #[retry(after = wait)]
    SlowDown { wait: Duration },
}

fn main() {}
