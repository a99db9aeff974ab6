//! A shared reference to a breaker.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::CircuitBreaker;
use super::permit::{Holder, Permit};
use crate::failure::CircuitOpen;

/// A shared reference to a breaker, from the registry or from a set of keyed breakers.
///
/// It dereferences to [`CircuitBreaker`].
#[derive(Clone)]
pub struct Handle(Holder<'static>);

impl Handle {
    pub(crate) const fn of_static(breaker: &'static CircuitBreaker) -> Self {
        Self(Holder::Borrowed(breaker))
    }

    pub(crate) const fn shared(breaker: Arc<CircuitBreaker>) -> Self {
        Self(Holder::Owned(breaker))
    }

    /// Returns the breaker if it is `'static`.
    #[cfg(any(feature = "tower", feature = "reqwest-middleware"))]
    pub(crate) const fn as_static(&self) -> Option<&'static CircuitBreaker> {
        match self.0 {
            Holder::Borrowed(breaker) => Some(breaker),
            Holder::Owned(_) => None,
        }
    }

    /// Returns whether no other handle keeps the breaker alive.
    #[cfg(feature = "fleet")]
    pub(crate) fn is_last(&self) -> bool {
        match &self.0 {
            Holder::Borrowed(_) => false,
            Holder::Owned(breaker) => Arc::strong_count(breaker) == 1,
        }
    }

    /// Acquires a permit that keeps its breaker alive and can be moved into a task or a stream.
    ///
    /// Otherwise the same as [`try_acquire`](CircuitBreaker::try_acquire).
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the breaker rejects the call.
    pub fn try_acquire_owned(&self) -> Result<Permit<'static>, CircuitOpen> {
        match &self.0 {
            Holder::Borrowed(breaker) => breaker.try_acquire(),
            Holder::Owned(breaker) => breaker.try_acquire_owned(),
        }
    }
}

impl From<&'static CircuitBreaker> for Handle {
    fn from(breaker: &'static CircuitBreaker) -> Self {
        Self::of_static(breaker)
    }
}

impl From<Arc<CircuitBreaker>> for Handle {
    fn from(breaker: Arc<CircuitBreaker>) -> Self {
        Self::shared(breaker)
    }
}

impl From<&Arc<CircuitBreaker>> for Handle {
    fn from(breaker: &Arc<CircuitBreaker>) -> Self {
        Self::shared(Arc::clone(breaker))
    }
}

impl Deref for Handle {
    type Target = CircuitBreaker;

    #[inline]
    fn deref(&self) -> &CircuitBreaker {
        &self.0
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&**self).finish()
    }
}
