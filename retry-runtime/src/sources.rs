//! The sources from which layers and middleware get the breaker of a request.

use std::sync::Arc;

use crate::breaker::{Handle, Permit};
use crate::circuit_state::CircuitState;
use crate::config::Mode;
use crate::failure::CircuitOpen;
use crate::registry::{self, KeyedSet};

/// A source of the breaker of a request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot select a breaker for `{Request}`",
    note = "the key function must be a `Fn(&{Request}) -> K`, where `K` is a `String` or another `AsRef<str>`"
)]
pub trait BreakerSource<Request> {
    /// Requests a permit for one call from the breaker of this request.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the breaker rejects the call.
    fn acquire(&self, request: &Request) -> Result<Permit<'static>, CircuitOpen>;

    /// Returns whether all requests are likely to be rejected.
    fn is_open(&self) -> bool;
}

/// One breaker for all requests.
#[derive(Debug, Clone)]
pub struct One(Handle);

impl One {
    /// Stores a breaker. The registry lists a `'static` breaker from now on.
    pub(crate) fn new(breaker: Handle) -> Self {
        if let Some(breaker) = breaker.as_static() {
            // An event reports the error. The breaker works without the registry.
            let _ = registry::add(breaker);
        }
        Self(breaker)
    }
}

impl<Request> BreakerSource<Request> for One {
    fn acquire(&self, _: &Request) -> Result<Permit<'static>, CircuitOpen> {
        self.0.try_acquire_owned()
    }

    fn is_open(&self) -> bool {
        // In other modes an open breaker admits all calls.
        self.0.state() == CircuitState::Open && self.0.current_mode() == Mode::Enforce
    }
}

/// One breaker per key of a request.
pub struct Keyed<F> {
    breakers: KeyedSet,
    key: Arc<F>,
}

impl<F> Keyed<F> {
    /// Stores a set of breakers. The registry lists a `'static` set from now on.
    pub(crate) fn new(breakers: KeyedSet, key: F) -> Self {
        if let KeyedSet::Static(breakers) = breakers {
            // An event reports the error. The set works without the registry.
            let _ = registry::add_keyed(breakers);
        }
        Self { breakers, key: Arc::new(key) }
    }
}

impl<F> Clone for Keyed<F> {
    fn clone(&self) -> Self {
        Self { breakers: self.breakers.clone(), key: Arc::clone(&self.key) }
    }
}

impl<Request, F, K> BreakerSource<Request> for Keyed<F>
where
    F: Fn(&Request) -> K,
    K: AsRef<str>,
{
    fn acquire(&self, request: &Request) -> Result<Permit<'static>, CircuitOpen> {
        self.breakers.for_key((self.key)(request)).try_acquire_owned()
    }

    /// Returns `false`: each key has its own breaker.
    fn is_open(&self) -> bool {
        false
    }
}
