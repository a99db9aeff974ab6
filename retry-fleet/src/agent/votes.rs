//! The votes of a breaker: one for each trip on its own evidence and each epoch.

use std::time::Duration;

use retry_runtime::CircuitState;
use retry_runtime::fleet::{Forced, Local, Origin};

use super::random::nanos;
use crate::limits::VOTE;

/// The votes of one breaker.
#[derive(Default)]
pub(crate) struct Votes {
    /// The last vote.
    cast: Option<Vote>,
}

/// A vote for this trip, in this epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Vote {
    pub(crate) trip: u64,
    pub(crate) epoch: u64,
}

impl Votes {
    /// Returns the vote to cast, if there is one. The breaker must have tripped on its own
    /// evidence, within the window, while the fleet is closed.
    ///
    /// Trips that come from the fleet or from an operator are never reported back.
    pub(crate) fn wanted(
        &self,
        local: &Local,
        epoch: u64,
        fleet_is_open: bool,
        now: u64,
    ) -> Option<Vote> {
        let Some(Origin::Own { trip }) = local.origin else { return None };
        let vote = Vote { trip, epoch };
        let may_vote = !fleet_is_open
            && local.state != CircuitState::Closed
            && local.forced == Forced::No
            && self.cast != Some(vote)
            && !window(local, now).is_zero();
        may_vote.then_some(vote)
    }

    pub(crate) fn cast(&mut self, vote: Vote) {
        self.cast = Some(vote);
    }

    /// Allows the vote to be cast again: the server may have lost it, or never received it.
    pub(crate) fn repeat(&mut self) {
        self.cast = None;
    }

    /// Returns the epoch of a vote that may still count.
    pub(crate) fn in_force(&self) -> Option<u64> {
        self.cast.map(|vote| vote.epoch)
    }
}

/// Returns the remaining time for which a vote for the current trip counts.
pub(crate) fn window(local: &Local, now: u64) -> Duration {
    let whole = local.recovery_timeout.min(Duration::from_millis(VOTE));
    let end = local.opened_at.saturating_add(nanos(whole));
    Duration::from_nanos(end.saturating_sub(now))
}
