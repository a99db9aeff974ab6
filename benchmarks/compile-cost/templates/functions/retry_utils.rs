#[allow(unused_imports)]
use retry_utils::{CircuitBreaker, CircuitOpen, Retryable, STANDARD, async_retry, circuit_breaker};

#[derive(Debug, Retryable)]
pub enum Failure {
    #[retry(unavailable)]
    Down,
    #[retry(transparent)]
    Open(CircuitOpen),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Down => f.write_str("down"),
            Failure::Open(open) => open.fmt(f),
        }
    }
}

impl From<CircuitOpen> for Failure {
    fn from(open: CircuitOpen) -> Self {
        Failure::Open(open)
    }
}

#[allow(dead_code)]
static API: CircuitBreaker = CircuitBreaker::new("api");
