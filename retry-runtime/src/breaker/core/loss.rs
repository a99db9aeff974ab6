//! The last use of a breaker in a set, and the loss if it is evicted.

use super::{Core, claim};
use crate::breaker::admission::Request;
use crate::breaker::settings::CurrentSettings;
use crate::breaker::state::State;
use crate::circuit_state::CircuitState;
use crate::keys::Loss;
use crate::sync::{AtomicU64, Ordering};

impl Core {
    /// Makes the breaker note its uses, for a set.
    pub(in crate::breaker) fn in_a_set(mut self) -> Self {
        self.used_at = Some(AtomicU64::new(0));
        self
    }

    /// Notes a lookup by key as a use, if uses matter.
    ///
    /// They matter only while failures in a row are counted, so other lookups do not read the
    /// clock. The window is not checked, because that takes longer than a call. With a window, only
    /// failures count as uses.
    #[inline]
    pub(in crate::breaker) fn note_look_up(&self, now: impl FnOnce() -> u64) {
        if self.load_relaxed().counts_failures() {
            self.note_use(now());
        }
    }

    /// Notes a use, before the failure that makes it matter is counted.
    ///
    /// Relaxed: the atomic update that counts the failure releases this store, so a thread that
    /// sees the failure also sees the use. Never goes back, so a slow thread does not hide a later
    /// use.
    #[cold]
    #[inline(never)]
    pub(super) fn note_use(&self, now: u64) {
        if let Some(used_at) = &self.used_at {
            used_at.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// Returns the loss if another breaker replaces this one. `None` if it must stay: it is forced,
    /// in another mode than the configured one, in an open phase, probing, or has counted failures
    /// and is in use.
    pub(in crate::breaker) fn loss(&self, settings: &CurrentSettings, now: u64) -> Option<Loss> {
        let state = self.load();
        if state.forced() || state.mode() != settings.mode() {
            return None;
        }
        let loss = match state.circuit() {
            CircuitState::Closed if !self.counts_bad_calls(state, settings, now) => Loss::Nothing,
            CircuitState::Closed => {
                let since = self.used_at.as_ref()?.load(Ordering::Relaxed);
                if now.saturating_sub(since) < settings.recovery_timeout() {
                    return None;
                }
                Loss::Counts { since }
            }
            open_or_half_open => {
                let since = self.open_until(state, settings);
                let is_over = open_or_half_open == CircuitState::HalfOpen || since <= now;
                let claim = claim(state, settings, Request::default(), now);
                if !is_over || self.slots.any_held(claim) {
                    return None;
                }
                #[cfg(feature = "fleet")]
                if self.has_leased_probe(settings, now) {
                    return None;
                }
                Loss::State { since }
            }
        };
        Some(loss)
    }

    /// Returns whether a closed breaker counts failures in a row, or failed or slow calls in its
    /// window. Losing good calls is harmless: without them, it opens after fewer bad ones.
    fn counts_bad_calls(&self, state: State, settings: &CurrentSettings, now: u64) -> bool {
        match self.tally(state, settings, || now) {
            Some(window) => window.failures + window.slow > 0,
            None => state.count() > 0,
        }
    }
}
