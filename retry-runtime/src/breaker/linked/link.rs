//! The state of a link, which a tied breaker shares with its agent.

use std::sync::{Arc, PoisonError};

use super::leases::Leases;
use super::local::Origin;
use crate::breaker::state::State;
use crate::circuit_state::CircuitState;
use crate::config::Mode;
use crate::name::Name;
use crate::sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering};

/// The agent, as a link reaches it.
pub(super) trait Wake: Send + Sync {
    fn is_alive(&self) -> bool;
    fn wake(&self, breaker: &str);
    fn evicted(&self, breaker: &str);
}

/// Not a generation: generations have 40 bits.
pub(super) const NO_GENERATION: u64 = u64::MAX;
/// The number of bits of [`Link::failed`] that hold the number of failed recoveries.
pub(super) const FAILED_BITS: u32 = 24;

/// The data that a tied breaker shares with its agent.
pub(in crate::breaker) struct Link {
    pub(super) name: Name,
    /// The time until which a call past the open phase needs a lease. 0 if none does.
    pub(super) guarded_until: AtomicU64,
    /// The end of the open phase, for states marked by [`State::with_link`].
    ///
    /// Relaxed: written before the compare-exchange that publishes such a state, and only raised
    /// while that state lasts. A thread that reads it for an earlier state is late, and its own
    /// compare-exchange fails.
    pub(super) until: AtomicU64,
    /// The failed recoveries that the fleet has counted. Above them is the generation from which
    /// more are counted here.
    pub(super) failed: AtomicU64,
    /// The time at which the breaker last left the closed state. Never goes back, like
    /// `Core::opened_at`.
    pub(super) tripped_at: AtomicU64,
    /// The state in which a call was last rejected. All ones if none was.
    pub(super) rejected_in: AtomicU64,
    pub(super) wants_lease: AtomicBool,
    /// The generation in which the fleet holds the circuit state.
    pub(super) forced_in: AtomicU64,
    /// The end of that force. `u64::MAX` if it has none.
    pub(super) forced_until: AtomicU64,
    pub(super) shared: Mutex<Shared>,
}

/// The data that is read and written under the lock.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) source: Option<Arc<dyn Wake>>,
    /// The number of times that the breaker was tied. The ties of former agents have lower numbers.
    pub(super) ties: u64,
    pub(super) coordinated_until: u64,
    pub(super) register: Option<Register>,
    /// The epoch in which local rules apply.
    pub(super) local_rules: Option<u64>,
    /// The last opening that was not the breaker's own: its generation and origin.
    pub(super) opened: Option<(u64, Origin)>,
    /// The generation of the half-open episode whose probes have leases, and their epoch.
    pub(super) episode: Option<(u64, u64)>,
    pub(super) force: Option<Force>,
    /// The mode that the fleet has set.
    pub(super) mode: Option<Mode>,
    pub(super) leases: Leases,
}

/// The newest register that was shown.
#[derive(Clone, Copy)]
pub(super) struct Register {
    pub(super) epoch: u64,
    pub(super) phase: Phase,
}

#[derive(Clone, Copy)]
pub(super) enum Phase {
    Open { until: u64, failed: u64 },
    Closed { made_at: u64 },
}

/// A circuit state that the fleet holds, and until when. `u64::MAX` if there is no end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Force {
    pub(super) to: CircuitState,
    pub(super) until: u64,
}

impl Link {
    pub(super) fn new(name: Name, state: State) -> Self {
        let is_closed = state.circuit() == CircuitState::Closed;
        let opened = (!is_closed).then_some((state.generation(), Origin::Operator));
        Self {
            name,
            guarded_until: AtomicU64::new(0),
            until: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            tripped_at: AtomicU64::new(0),
            rejected_in: AtomicU64::new(u64::MAX),
            wants_lease: AtomicBool::new(false),
            forced_in: AtomicU64::new(NO_GENERATION),
            forced_until: AtomicU64::new(0),
            shared: Mutex::new(Shared { opened, ..Shared::default() }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Shared> {
        // Nothing that runs under the lock panics in the middle of a change.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the agent. The caller must not hold the lock.
    pub(super) fn wake(&self) {
        let source = self.lock().source.clone();
        if let Some(source) = source {
            source.wake(self.name.as_str());
        }
    }

    pub(super) fn is_guarded(&self, now: u64) -> bool {
        self.guarded_until.load(Ordering::Relaxed) > now
    }
}

impl Shared {
    /// Returns the epoch if the register is not closed and the breaker must follow it.
    pub(super) fn open_epoch(&self) -> Option<u64> {
        let Register { epoch, phase } = self.register?;
        let follows = self.local_rules != Some(epoch);
        (follows && matches!(phase, Phase::Open { .. })).then_some(epoch)
    }

    /// Returns the time until which calls past the open phase need leases. 0 if they do not.
    pub(super) fn guarded_until(&self) -> u64 {
        self.open_epoch().map_or(0, |_| self.coordinated_until)
    }

    pub(super) fn epoch(&self) -> u64 {
        self.register.map_or(0, |register| register.epoch)
    }
}
