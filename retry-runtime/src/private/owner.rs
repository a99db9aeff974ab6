//! The search for the breaker in the value of an attribute's expression.

use std::ops::Deref;

use crate::breaker::CircuitBreaker;
use crate::config::Mode;

/// A breaker that admits every call and counts nothing.
pub(super) static NONE: CircuitBreaker = CircuitBreaker::new("(none)").mode(Mode::Off);

/// The value of the expression.
///
/// The method of this type returns the breaker of an `Option`, or `NONE` for `None`. For any other
/// type, method resolution continues with [`Plain`].
pub struct Owner<'o, T: ?Sized>(Plain<'o, T>);

/// The value itself, which the compiler converts to `&CircuitBreaker`. Any type that derefs to one
/// works, and an error about another type names the user's type.
pub struct Plain<'o, T: ?Sized>(&'o T);

/// Wraps the value, to find its breaker.
#[inline]
pub fn owner<T: ?Sized>(value: &T) -> Owner<'_, T> {
    Owner(Plain(value))
}

impl<'o, P: Deref<Target = CircuitBreaker>> Owner<'o, Option<P>> {
    /// Returns the breaker, or one that does nothing.
    #[inline]
    #[must_use]
    pub fn __retry_utils_breaker(&self) -> &'o CircuitBreaker {
        let Plain(value) = &self.0;
        value.as_deref().unwrap_or(&NONE)
    }
}

impl<'o> Owner<'o, Option<CircuitBreaker>> {
    /// Returns the breaker, or one that does nothing.
    #[inline]
    #[must_use]
    pub fn __retry_utils_breaker(&self) -> &'o CircuitBreaker {
        let Plain(value) = &self.0;
        value.as_ref().unwrap_or(&NONE)
    }
}

impl<'o, T: ?Sized> Plain<'o, T> {
    /// Returns the value.
    #[inline]
    #[must_use]
    pub const fn __retry_utils_breaker(&self) -> &'o T {
        self.0
    }
}

impl<'o, T: ?Sized> Deref for Owner<'o, T> {
    type Target = Plain<'o, T>;

    #[inline]
    fn deref(&self) -> &Plain<'o, T> {
        &self.0
    }
}
