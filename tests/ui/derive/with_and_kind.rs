use retry_utils::{FailureKind, Retryable};

#[derive(Retryable)]
enum ApiError {
    #[retry(with = classify, permanent)]
    Kind(std::fmt::Error),
    #[retry(transparent)]
    #[retry(with = classify)]
    Transparent(std::io::Error),
    #[retry(with = classify, with = classify)]
    Twice(std::fmt::Error),
}

fn classify(_: &std::fmt::Error) -> FailureKind {
    FailureKind::Bug
}

fn main() {}
