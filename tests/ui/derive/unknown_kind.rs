use retry_utils::Retryable;

#[derive(Retryable)]
enum ApiError {
    #[retry(timout)]
    Misspelt,
    #[retry(RateLimited)]
    LikeTheVariant,
    #[retry(teapot)]
    FarOff,
}

fn main() {}
