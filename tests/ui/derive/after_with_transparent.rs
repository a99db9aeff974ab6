use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(transparent, after = 0)]
    Io(std::io::Error),
}

fn main() {}
