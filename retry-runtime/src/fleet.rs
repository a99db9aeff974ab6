//! The link between the breakers of this process and the agent of a fleet, for the crate
//! `retry-fleet`. Not public API.
//!
//! An agent implements [`Source`], ties breakers with [`tie`] and [`tie_all`], and keeps each
//! [`Tied`]. When it is woken, or after some time, it looks at a breaker and changes it.

use std::sync::{Arc, Weak};

pub use crate::breaker::linked::{
    AlreadyTied, Change, Ended, Forced, Held, Lease, Local, Origin, ProbeOutcome, Source, Tied,
};
use crate::breaker::{CircuitBreakers, Handle};
use crate::clock;
use crate::registry;
pub use crate::registry::set::KeyedSet;

/// Returns the current time in nanoseconds, on a monotonic scale of this process. It is never 0.
#[must_use]
pub fn now() -> u64 {
    clock::nanos()
}

/// Ties a breaker to an agent.
///
/// A breaker that is not closed counts as opened by an operator.
///
/// # Errors
///
/// [`AlreadyTied`] if another source, which is alive, has tied the breaker and still holds it.
pub fn tie(breaker: impl Into<Handle>, source: &Arc<dyn Source>) -> Result<Tied, AlreadyTied> {
    Tied::new(breaker.into(), &Arc::downgrade(source))
}

/// Ties the breakers of all keys of a set, existing ones and new ones. Each is passed to
/// [`Source::made`].
///
/// # Errors
///
/// [`AlreadyTied`] if another source, which is alive, has tied the set.
pub fn tie_all(set: &CircuitBreakers, source: &Arc<dyn Source>) -> Result<(), AlreadyTied> {
    let source = Arc::downgrade(source);
    let mut is_other = false;
    set.change_source(|current| {
        is_other = current.as_ref().is_some_and(|current| current.strong_count() > 0);
        if !is_other {
            *current = Some(Weak::clone(&source));
        }
    });
    if is_other {
        return Err(AlreadyTied);
    }
    // Breakers that are created from now on have the source. If one of them is found here too, it
    // is already tied.
    for breaker in set.own() {
        let tied = Tied::new(Handle::shared(breaker), &source);
        if let (Ok(tied), Some(source)) = (tied, source.upgrade()) {
            source.made(tied);
        }
    }
    Ok(())
}

/// Returns the listed breakers: the single ones, and the sets.
#[must_use]
pub fn listed() -> (Vec<Handle>, Vec<KeyedSet>) {
    (registry::single_handles(), registry::keyed_sets())
}
