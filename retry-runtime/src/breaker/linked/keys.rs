//! The breakers of a set: each key's is tied when it is made.

use std::sync::{Arc, Weak};

use super::source::{Change, Source};
use super::tied::{AlreadyTied, Tied};
use crate::breaker::admission::Transition;
use crate::breaker::{CircuitBreaker, CircuitBreakers, Handle};
use crate::clock;

/// The source of a set, if it is tied.
pub(in crate::breaker) type SetSource = Option<Weak<dyn Source>>;

/// A new breaker of a set that is tied. No other thread has seen it.
pub(in crate::breaker) struct Begun {
    tie: u64,
    source: Weak<dyn Source>,
    transitions: Vec<Transition>,
}

impl CircuitBreakers {
    /// Ties the breakers of all keys, present and later.
    pub(crate) fn tie_all(&self, source: &Weak<dyn Source>) -> Result<(), AlreadyTied> {
        let mut is_other = false;
        self.change_source(|current| {
            is_other = current.as_ref().is_some_and(|current| current.strong_count() > 0);
            if !is_other {
                *current = Some(Weak::clone(source));
            }
        });
        if is_other {
            return Err(AlreadyTied);
        }
        // One that is made from now on has the source. If it is found here too, it is tied already.
        for breaker in self.own() {
            if let (Ok(tied), Some(source)) =
                (Tied::new(Handle::shared(breaker), source), source.upgrade())
            {
                source.made(tied);
            }
        }
        Ok(())
    }
}

impl CircuitBreaker {
    /// Ties a new breaker of a set, which begins with these changes.
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

    /// Tells the source that its set has no such breaker any more.
    pub(in crate::breaker) fn evicted(&self) {
        let Some(link) = self.core.link.get() else { return };
        let source = link.lock().source.clone();
        if let Some(source) = source.and_then(|source| source.upgrade()) {
            source.evicted(self.name());
        }
    }
}

impl Begun {
    /// Passes the breaker to its source. The set is not locked.
    pub(in crate::breaker) fn announce(self, breaker: &Arc<CircuitBreaker>) {
        breaker.announce_all(self.transitions);
        if let Some(source) = self.source.upgrade() {
            source.made(Tied::of(Arc::clone(breaker), self.tie));
        }
    }
}
