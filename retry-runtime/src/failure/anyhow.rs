//! Errors of anyhow.

use std::error::Error;
use std::time::Duration;

use super::{FailureKind, Retryable};

/// The chain of sources is searched for the types that this crate classifies, as for a `Box<dyn Error>`. None found:
/// `Permanent`.
///
/// So a type of your own is never retried unless you look for it: `retry_if = |error| …` with
/// [`FailureKind::find::<(MyError,)>(error.as_ref())`](FailureKind::find). A type that was given to `context` is no
/// source, and found only by anyhow's `downcast_ref`.
impl Retryable for anyhow::Error {
    #[inline]
    fn failure_kind(&self) -> FailureKind {
        let error: &(dyn Error + Send + Sync + 'static) = self.as_ref();
        error.failure_kind()
    }

    #[inline]
    fn retry_after(&self) -> Option<Duration> {
        let error: &(dyn Error + Send + Sync + 'static) = self.as_ref();
        error.retry_after()
    }
}
