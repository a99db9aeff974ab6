use retry_utils::Retryable;
use std::time::Duration;

#[derive(Retryable)]
#[retry(rate_limited, after = wait)]
enum ApiError {
    #[retry(rate_limited, after = wait)]
    SlowDown { wait: Duration },
}

#[derive(Retryable)]
#[retry(transparent)]
enum Other {
    #[retry(transparent)]
    Io(std::io::Error),
}

#[derive(Retryable)]
#[retry(with = classify)]
enum Third {
    #[retry(permanent)]
    Format(std::fmt::Error),
}

fn main() {}
