//! The error of the contestants of retry-utils.

use retry_utils::{CircuitOpen, Retryable, TimedOut};
use scenarios::Failure;

/// An error like that of the project's README, with a variant for timeouts.
#[derive(Debug, thiserror::Error, Retryable)]
pub enum LlmError {
    /// The upstream did not answer.
    #[error("timed out")]
    #[retry(timeout)]
    Timeout,
    /// The upstream refused the prompt.
    #[error("bad prompt: {0}")]
    #[retry(invalid_request)]
    BadPrompt(String),
    /// The breaker rejected the call.
    #[error(transparent)]
    #[retry(transparent)]
    Open(#[from] CircuitOpen),
    /// An attempt, or the whole call, took too long.
    #[error(transparent)]
    #[retry(transparent)]
    TimedOut(#[from] TimedOut),
}

impl Failure for LlmError {
    #[inline]
    fn timed_out() -> Self {
        Self::Timeout
    }
}
