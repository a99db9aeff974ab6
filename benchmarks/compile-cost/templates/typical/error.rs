use reqwest::StatusCode;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the request failed")]
    Request(#[from] reqwest::Error),
    #[error("not found: {0}")]
    NotFound(String),
    #[error("too many requests")]
    RateLimited,
    #[error("the server failed: {0}")]
    Server(StatusCode),
    #[error("invalid request: {0}")]
    Invalid(String),
}
