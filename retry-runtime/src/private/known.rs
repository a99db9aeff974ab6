//! The kind and hint of an error that `retry_if` judges.

use std::fmt::Display;
use std::ops::Deref;
use std::time::Duration;

use crate::failure::{FailureKind, RetryHint, Retryable, wait_of};

/// An error that `retry_if` judges.
///
/// The methods of this type return its kind and hint if it is [`Retryable`], and its text if it is
/// `Display`. If it is not, method resolution goes on to [`Opaque`], which knows neither.
pub struct Judged<'e, E: ?Sized>(pub &'e E);

impl<E: Retryable + ?Sized> Judged<'_, E> {
    /// Returns the error's kind and hint.
    #[must_use]
    pub fn __retry_utils_known(&self) -> Option<(FailureKind, RetryHint)> {
        Some((self.0.failure_kind(), self.0.retry_hint()))
    }

    /// Returns the wait that the error asks for.
    #[must_use]
    pub fn __retry_utils_hint(&self) -> Option<Duration> {
        wait_of(self.0)
    }
}

impl<'e, E: Display> Judged<'e, E> {
    /// Returns the error as events show it.
    #[must_use]
    pub fn __retry_utils_shown(&self) -> Option<&'e dyn Display> {
        Some(self.0)
    }
}

impl<E: ?Sized> Deref for Judged<'_, E> {
    type Target = Opaque;

    fn deref(&self) -> &Opaque {
        &Opaque
    }
}

/// An error of which something is unknown.
pub struct Opaque;

impl Opaque {
    /// Returns nothing: the error is not `Display`.
    #[must_use]
    pub const fn __retry_utils_shown(&self) -> Option<&'static dyn Display> {
        None
    }

    /// Returns nothing: the error is not [`Retryable`].
    #[must_use]
    pub const fn __retry_utils_known(&self) -> Option<(FailureKind, RetryHint)> {
        None
    }

    /// Returns nothing: the error is not [`Retryable`].
    #[must_use]
    pub const fn __retry_utils_hint(&self) -> Option<Duration> {
        None
    }
}
