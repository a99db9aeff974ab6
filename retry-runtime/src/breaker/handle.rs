//! A handle that keeps a breaker alive.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::{CircuitBreaker, Permit};
use crate::failure::CircuitOpen;

/// A breaker from the registry or from a set of keyed breakers, used as a [`CircuitBreaker`].
#[derive(Clone)]
pub struct Handle(Held);

#[derive(Clone)]
enum Held {
    Static(&'static CircuitBreaker),
    Shared(Arc<CircuitBreaker>),
}

impl Handle {
    #[inline]
    pub(crate) const fn of_static(breaker: &'static CircuitBreaker) -> Self {
        Self(Held::Static(breaker))
    }

    #[inline]
    pub(crate) const fn shared(breaker: Arc<CircuitBreaker>) -> Self {
        Self(Held::Shared(breaker))
    }

    /// [`try_acquire`](CircuitBreaker::try_acquire) for a permit that keeps its breaker alive, to be
    /// moved into a task or a stream.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the call must not be made.
    #[inline]
    pub fn try_acquire_owned(&self) -> Result<Permit<'static>, CircuitOpen> {
        match &self.0 {
            Held::Static(breaker) => breaker.try_acquire(),
            Held::Shared(breaker) => breaker.try_acquire_owned(),
        }
    }
}

impl Deref for Handle {
    type Target = CircuitBreaker;

    #[inline]
    fn deref(&self) -> &CircuitBreaker {
        match &self.0 {
            Held::Static(breaker) => breaker,
            Held::Shared(breaker) => breaker,
        }
    }
}

impl fmt::Debug for Handle {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&**self).finish()
    }
}
