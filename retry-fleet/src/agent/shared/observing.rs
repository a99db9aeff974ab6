//! Observing a fleet. No instance probes for a fleet that is only observed. Instead, the recovery
//! of a breaker by its own rules counts as a probe, so the fleet does not stay open.

use retry_runtime::CircuitState;
use retry_runtime::fleet::{Forced, Origin};

use super::{SECOND, Shared};
use crate::agent::copies::OwnCopy;

impl Shared {
    /// Notes that the breaker has tripped while the fleet is open, and reports its recovery.
    pub(super) fn note_recovery(&mut self, copy: Option<&OwnCopy>, now: u64) {
        let Some(copy) = copy.filter(|copy| copy.is_open()) else {
            self.has_tripped = false;
            return;
        };
        if self.local.state != CircuitState::Closed {
            self.has_tripped |= matches!(self.local.origin, Some(Origin::Own { .. }));
        } else if self.has_tripped
            && self.local.forced == Forced::No
            && copy.until.saturating_add(SECOND) <= now
        {
            self.has_tripped = false;
            self.leases.recovered(copy.epoch());
        }
    }
}
