use retry_utils::Retryable;

#[derive(Retryable)]
#[retry(timeout, crate)]
struct NoValue;

#[derive(Retryable)]
#[retry(timeout, crate = retry_utils)]
struct Unquoted;

#[derive(Retryable)]
#[retry(timeout, crate = "not a path")]
struct NotAPath;

#[derive(Retryable)]
#[retry(timeout, crate = "retry_utils")]
#[retry(crate = "::retry_utils")]
struct Twice;

#[derive(Retryable)]
enum ApiError {
    #[retry(timeout, crate = "retry_utils")]
    OnVariant,
}

fn main() {}
