use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry]
    Bare,
    #[retry()]
    Empty,
    #[retry = "timeout"]
    NameValue,
}

fn main() {}
