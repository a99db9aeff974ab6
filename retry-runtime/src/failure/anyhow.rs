//! Errors of anyhow.

use std::time::Duration;

use super::{FailureKind, Retryable};

/// Has the kind of the first error in the chain of sources that this crate classifies, as a
/// `Box<dyn Error>`. If none is found: `Permanent`.
///
/// A type of your own is therefore never retried unless you look for it: `retry_if = |error| …`
/// with [`FailureKind::find::<(MyError,)>(error.as_ref())`](FailureKind::find). A type that was
/// given to `context` is no source, and found only by anyhow's `downcast_ref`.
impl Retryable for anyhow::Error {
    fn failure_kind(&self) -> FailureKind {
        (**self).failure_kind()
    }

    fn retry_after(&self) -> Option<Duration> {
        (**self).retry_after()
    }
}
