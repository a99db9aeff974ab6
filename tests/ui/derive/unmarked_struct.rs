use retry_utils::Retryable;

#[derive(Retryable)]
struct Refused;

#[derive(Retryable)]
#[retry(crate = "retry_utils")]
struct Broken {
    status: u16,
}

fn main() {}
