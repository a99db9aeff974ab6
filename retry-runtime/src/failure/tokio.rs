//! Errors of tokio.

use tokio::time::error::Elapsed;

use super::{FailureKind, Retryable};

impl Retryable for Elapsed {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Timeout
    }
}
