use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(with)]
    Alone(std::fmt::Error),
    #[retry(with =)]
    NoValue(std::fmt::Error),
    #[retry(with = "classify")]
    Quoted(std::fmt::Error),
    #[retry(with = |error| FailureKind::Timeout)]
    Closure(std::fmt::Error),
    #[retry(with = classify())]
    Call(std::fmt::Error),
    #[retry(with(classify))]
    Parentheses(std::fmt::Error),
    #[retry(timeout, after = |error| None)]
    After(std::fmt::Error),
}

fn main() {}
