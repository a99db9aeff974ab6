//! What a breaker notes in its link, and reads from it.

use super::link::{FAILED_BITS, Shared};
use super::local::Origin;
use crate::breaker::core::Core;
use crate::breaker::state::{State, generations_between};
use crate::sync::{MutexGuard, Ordering};

impl Core {
    /// Notes when the breaker leaves the closed state, before the state says so.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn note_trip(&self, now: u64) {
        if let Some(link) = self.link.get() {
            // Relaxed, and only ever later, for the reasons of `opens`.
            link.tripped_at.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// Returns how many recoveries in a row have failed, here and by the fleet's count.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn failed_recoveries(&self, tripped: u64, generation: u64) -> u64 {
        // Every failed recovery is two generations: half-open, and open again.
        let here = |since| generations_between(since, generation) / 2;
        let Some(link) = self.link.get() else { return here(tripped) };
        let failed = link.failed.load(Ordering::Relaxed);
        let since = failed >> FAILED_BITS;
        // A trip after the fleet has last counted begins anew.
        if generations_between(since, tripped) > 0 {
            here(tripped)
        } else {
            (failed & ((1 << FAILED_BITS) - 1)) + here(since)
        }
    }

    /// Returns when the open phase ends that the link holds.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn followed_until(&self) -> u64 {
        self.link.get().map_or(0, |link| link.until.load(Ordering::Relaxed))
    }

    /// Returns who opened it, for a state that is not closed.
    pub(super) fn origin(&self, shared: &Shared) -> Origin {
        let trip = self.tripped.load(Ordering::Relaxed);
        match shared.opened {
            Some((since, origin)) if generations_between(since, trip) == 0 => origin,
            _ => Origin::Own { trip },
        }
    }

    /// Locks the link for a command of an operator of this process, if there is one.
    pub(in crate::breaker) fn operating(&self) -> Operating<'_> {
        Operating(self.link.get().map(|link| link.lock()))
    }

    /// Notes that a call was rejected in this state.
    #[inline]
    pub(in crate::breaker) fn note_rejection(&self, state: State) {
        if let Some(link) = self.link.get() {
            // Loaded first: a store by each call would take the line from other threads.
            if link.rejected_in.load(Ordering::Relaxed) != state.bits() {
                link.rejected_in.store(state.bits(), Ordering::Relaxed);
            }
        }
    }
}

/// The lock that an operator holds while changing the state.
pub(in crate::breaker) struct Operating<'l>(Option<MutexGuard<'l, Shared>>);

impl Operating<'_> {
    /// Notes that the breaker is open by an operator from this generation on.
    pub(in crate::breaker) fn opened(&mut self, generation: u64) {
        if let Some(shared) = &mut self.0 {
            shared.opened = Some((generation, Origin::Operator));
        }
    }
}
