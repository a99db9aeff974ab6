use reqwest::StatusCode;
use retry_utils::{CircuitBreaker, CircuitOpen, Retryable};

pub static API: CircuitBreaker = CircuitBreaker::new("api");

#[derive(Debug, thiserror::Error, Retryable)]
pub enum Error {
    #[error("the request failed")]
    #[retry(transparent)]
    Request(#[from] reqwest::Error),
    #[error("not found: {0}")]
    #[retry(invalid_request)]
    NotFound(String),
    #[error("too many requests")]
    #[retry(rate_limited)]
    RateLimited,
    #[error("the server failed: {0}")]
    #[retry(unavailable)]
    Server(StatusCode),
    #[error("invalid request: {0}")]
    #[retry(invalid_request)]
    Invalid(String),
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
}
