//! The breakers of a set, each of which is tied when it is created.

use std::sync::{Arc, Weak};

use super::change::Change;
use super::tied::{Source, Tied};
use crate::breaker::CircuitBreaker;
use crate::breaker::admission::Transition;
use crate::clock;

/// The source of a set, if it is tied.
pub(crate) type SetSource = Option<Weak<dyn Source>>;

/// A new breaker of a tied set. No other thread has seen it.
pub(in crate::breaker) struct Begun {
    tie: u64,
    source: Weak<dyn Source>,
    transitions: Vec<Transition>,
}

impl CircuitBreaker {
    /// Ties a new breaker of a set and applies the changes with which it begins.
    pub(in crate::breaker) fn begin(
        &self,
        source: &Weak<dyn Source>,
        begins: &[Change],
    ) -> Option<Begun> {
        let tie = self.tie(source).ok()?;
        let (link, now) = (self.link(), clock::nanos());
        let ((), changed) = self.core.following(&self.settings, link, now, |follower| {
            for &change in begins {
                follower.take(change);
            }
        });
        let source = Weak::clone(source);
        Some(Begun { tie, source, transitions: changed.transitions })
    }

    /// Tells the source that the set no longer has this breaker.
    pub(in crate::breaker) fn evicted(&self) {
        let Some(link) = self.core.link.get() else { return };
        let source = link.lock().source.clone();
        if let Some(source) = source {
            source.evicted(self.name());
        }
    }
}

impl Begun {
    /// Passes the breaker to its source. The caller does not hold the lock of the set.
    pub(in crate::breaker) fn announce(self, breaker: &Arc<CircuitBreaker>) {
        breaker.announce_all(self.transitions);
        if let Some(source) = self.source.upgrade() {
            source.made(Tied::of(Arc::clone(breaker), self.tie));
        }
    }
}
