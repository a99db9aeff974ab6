use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(timeout)]
    Timeout,
    Refused(String),
    Broken { status: u16 },
}

fn main() {}
