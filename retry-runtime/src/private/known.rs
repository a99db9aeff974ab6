//! The known properties of an error: its kind and hint, its text, its causes.

use std::error::Error;
use std::fmt::Display;
use std::ops::Deref;
use std::time::Duration;

use crate::failure::{FailureKind, RetryHint, Retryable, wait_of};
use crate::observe::Excerpt;

/// An error whose properties the compiler finds.
///
/// The methods of this type return its kind and hint if it is [`Retryable`], its text if it is
/// `Display`, and itself if it is an [`Error`]. Otherwise method resolution continues with
/// [`Opaque`], which has none of these.
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

impl<'e, E: Retryable> Judged<'e, E> {
    /// Returns the result of the error's `as_error`.
    #[must_use]
    pub fn __retry_utils_as_error(&self) -> Option<&'e (dyn Error + 'e)> {
        self.0.as_error()
    }
}

impl<'e, E: Error> Judged<'e, E> {
    /// Returns the error.
    #[must_use]
    pub fn __retry_utils_error(&self) -> Option<&'e (dyn Error + 'e)> {
        Some(self.0)
    }
}

impl<'e, E: Display> Judged<'e, E> {
    /// Returns the error as events show it.
    #[must_use]
    pub fn __retry_utils_shown(&self) -> Option<Excerpt<'e>> {
        Some(Excerpt::of_text(self.0))
    }
}

impl<E: ?Sized> Deref for Judged<'_, E> {
    type Target = Opaque;

    fn deref(&self) -> &Opaque {
        &Opaque
    }
}

/// An error that lacks a property.
pub struct Opaque;

impl Opaque {
    /// Returns nothing: the error is not `Display`.
    #[must_use]
    pub const fn __retry_utils_shown(&self) -> Option<Excerpt<'static>> {
        None
    }

    /// Returns nothing: the error is not an [`Error`].
    #[must_use]
    pub const fn __retry_utils_error(&self) -> Option<&'static (dyn Error + 'static)> {
        None
    }

    /// Returns nothing: the error is not [`Retryable`].
    #[must_use]
    pub const fn __retry_utils_as_error(&self) -> Option<&'static (dyn Error + 'static)> {
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
