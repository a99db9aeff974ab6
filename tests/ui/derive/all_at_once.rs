use retry_utils::{FailureKind, Retryable};
use std::time::Duration;

#[derive(Retryable)]
#[retry(timeout)]
enum ApiError<T> {
    Unmarked(T),
    #[retry(conection, transparent, after = wait)]
    Misspelt { wiat: Duration },
    #[retry(rate_limited, after = 3, after = 0, colour = red)]
    Limited(Duration),
}

fn kind<T>(error: &ApiError<T>) -> FailureKind {
    error.failure_kind()
}

fn needs<E: Retryable>(_: E) {}

fn main() {
    kind(&ApiError::Unmarked(1));
    needs(ApiError::Unmarked(1));
}
