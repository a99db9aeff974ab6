use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(connection, transparent)]
    Io(std::io::Error),
    #[retry(transparent)]
    #[retry(timeout)]
    Open(retry_utils::CircuitOpen),
}

fn main() {}
