use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(FailureKind::Timeout)]
    Path,
    #[retry("timeout")]
    Quoted,
    #[retry(timeout connection)]
    NoComma,
    #[retry(rate_limited(after = 0))]
    Nested(std::time::Duration),
    #[retry(, timeout)]
    LeadingComma,
}

fn main() {}
