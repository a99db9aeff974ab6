//! The notes that a breaker makes in its link and reads from it.

use super::link::{FAILED_BITS, Shared};
use super::local::Origin;
use crate::breaker::core::Core;
use crate::breaker::state::{State, generations_between};
use crate::sync::{MutexGuard, Ordering};

impl Core {
    /// Notes when the breaker leaves the closed state, before the state changes.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn note_trip(&self, now: u64) {
        if let Some(link) = self.link.get() {
            // Relaxed, and never goes back, for the reasons given at `opens`.
            link.tripped_at.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// Returns the number of recoveries in a row that have failed, including the fleet's count.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn failed_recoveries(&self, tripped: u64, generation: u64) -> u64 {
        // Every failed recovery takes two generations: half-open, and open again.
        let here = |since| generations_between(since, generation) / 2;
        let Some(link) = self.link.get() else { return here(tripped) };
        let failed = link.failed.load(Ordering::Relaxed);
        let since = failed >> FAILED_BITS;
        // A trip after the fleet's last count starts a new count.
        if generations_between(since, tripped) > 0 {
            here(tripped)
        } else {
            (failed & ((1 << FAILED_BITS) - 1)) + here(since)
        }
    }

    /// Returns the end of the open phase that the link determines.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn followed_until(&self) -> u64 {
        self.link.get().map_or(0, |link| link.until.load(Ordering::Relaxed))
    }

    /// Returns the origin of a state that is not closed.
    pub(super) fn origin(&self, shared: &Shared) -> Origin {
        let trip = self.tripped.load(Ordering::Relaxed);
        match shared.opened {
            Some((since, origin)) if generations_between(since, trip) == 0 => origin,
            _ => Origin::Own { trip },
        }
    }

    /// Locks the link, if there is one, for a command of an operator of this process.
    pub(in crate::breaker) fn operating(&self) -> Operating<'_> {
        Operating(self.link.get().map(|link| link.lock()))
    }

    /// Notes that a call was rejected in this state.
    #[inline]
    pub(in crate::breaker) fn note_rejection(&self, state: State) {
        if let Some(link) = self.link.get() {
            // Loaded first: a store by each call would move the cache line between threads.
            if link.rejected_in.load(Ordering::Relaxed) != state.bits() {
                link.rejected_in.store(state.bits(), Ordering::Relaxed);
            }
        }
    }
}

/// The lock that an operator holds while changing the state.
pub(in crate::breaker) struct Operating<'l>(Option<MutexGuard<'l, Shared>>);

impl Operating<'_> {
    /// Notes that an operator has opened the breaker, from this generation on.
    pub(in crate::breaker) fn opened(&mut self, generation: u64) {
        if let Some(shared) = &mut self.0 {
            shared.opened = Some((generation, Origin::Operator));
        }
    }
}
