//! Errors of tokio.

use tokio::task::JoinError;
use tokio::time::error::Elapsed;

use super::{FailureKind, Retryable};

impl Retryable for Elapsed {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Timeout
    }
}

/// Always `Bug`, which is not retried and which a breaker ignores.
///
/// The task has panicked, or this program has cancelled it: by `abort`, by dropping its `JoinSet`,
/// or by shutting the runtime down. A retry would repeat the panic, or restart what was cancelled
/// on purpose. Neither case is evidence about the dependency that the task was calling. `Permanent`
/// would count as an answer from the dependency.
impl Retryable for JoinError {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Bug
    }
}
