use retry_utils::Retryable;

#[derive(Retryable)]
#[retry(timeout, crate = "retry_utilities")]
struct Misspelt;

fn main() {}
