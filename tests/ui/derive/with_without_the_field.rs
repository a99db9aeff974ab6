use retry_utils::{FailureKind, Retryable};
use std::fmt::Error;
use std::time::Duration;

#[derive(Retryable)]
enum ApiError {
    #[retry(with = classify)]
    Unit,
    #[retry(with = classify, after = self::wait_of)]
    Tuple(String, Error),
    #[retry(rate_limited, after = self::wait_of)]
    Named { url: String, cause: Error },
}

fn classify(_: &Error) -> FailureKind {
    FailureKind::Bug
}

fn wait_of(_: &Error) -> Option<Duration> {
    None
}

fn main() {}
