use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(timeout, connection)]
    InOneAttribute,
    #[retry(timeout)]
    #[retry(bug)]
    InTwo,
    #[retry(timeout, timeout)]
    SameTwice,
}

fn main() {}
