use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(transparent)]
    Unit,
    #[retry(transparent)]
    Tuple(String, std::io::Error),
    #[retry(transparent)]
    Named { url: String, cause: std::io::Error },
}

fn main() {}
