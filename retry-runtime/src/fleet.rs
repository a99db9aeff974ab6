//! The link between the breakers of this process and the agent of a fleet, for the crate
//! `retry-fleet`. Not public API.
//!
//! An agent implements [`Source`], ties breakers with [`tie`] and [`tie_all`], and keeps each
//! [`Tied`]. When it is woken, or when time has passed, it looks at a breaker and changes it.

use std::sync::{Arc, Weak};

pub use crate::breaker::linked::{
    AlreadyTied, Change, Ended, Forced, Held, Lease, Local, Origin, ProbeOutcome, Source, Tied,
};
use crate::breaker::{CircuitBreakers, Handle};
use crate::clock;
use crate::registry;
pub use crate::registry::set::KeyedSet;

/// Returns the current time in nanoseconds, on a monotonic scale of this process: never 0.
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
/// [`AlreadyTied`] if a source that is alive has tied it and still holds it.
pub fn tie(breaker: impl Into<Handle>, source: &Arc<dyn Source>) -> Result<Tied, AlreadyTied> {
    Tied::new(breaker.into(), &Arc::downgrade(source))
}

/// Ties the breakers of all keys of a set: those that exist, and each that is made later. Each comes
/// to [`Source::made`].
///
/// # Errors
///
/// [`AlreadyTied`] if a source that is alive has tied the set.
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
    // A breaker that is made from now on has the source. If it is found here too, it is tied
    // already.
    for breaker in set.own() {
        let tied = Tied::new(Handle::shared(breaker), &source);
        if let (Ok(tied), Some(source)) = (tied, source.upgrade()) {
            source.made(tied);
        }
    }
    Ok(())
}

/// Returns what the registry lists: the single breakers, and the sets.
#[must_use]
pub fn listed() -> (Vec<Handle>, Vec<KeyedSet>) {
    (registry::single_handles(), registry::keyed_sets())
}
