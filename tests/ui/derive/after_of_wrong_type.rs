use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(rate_limited, after = seconds)]
    SlowDown { seconds: u64 },
    #[retry(rate_limited, after = 0)]
    Header(String),
}

fn main() {}
