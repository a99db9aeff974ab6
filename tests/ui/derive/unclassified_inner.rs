use retry_utils::Retryable;

#[derive(Debug)]
struct ParseError;

mod driver {
    pub struct Error<T>(pub T);
}

#[derive(Retryable)]
enum ApiError {
    #[retry(timeout)]
    Timeout,
    #[retry(transparent)]
    Parse(ParseError),
    #[retry(transparent)]
    Driver(driver::Error<u8>),
}

fn main() {}
