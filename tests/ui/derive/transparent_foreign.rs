use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(transparent)]
    Parse(std::num::ParseIntError),
    #[retry(transparent)]
    Utf8 { input: Vec<u8>, source: std::str::Utf8Error },
}

#[derive(Retryable)]
#[retry(transparent)]
struct Wrapped(std::fmt::Error);

fn main() {}
