//! The link of a breaker to the agent of a fleet, which coordinates it with those of other
//! processes.
//!
//! | file | contents |
//! |---|---|
//! | `leases` | the leases of one breaker; pure |
//! | `probes` | admission and outcome of probes while coordinated |
//! | `follow` | what the fleet decides, carried out on the state |
//! | `local`, `source` | what the agent sees, is asked and may change: plain data |
//! | `tied` | the agent's hold on a breaker |
//! | `keys` | the breakers of a set |
//!
//! A breaker without a link never gets here, but for one test on the way of rejections, of probes
//! and of operators. The paths of a closed breaker do not have that test.
//!
//! # Who writes
//!
//! What the agent decides, the claims of leases and the commands of operators happen under one
//! lock. So the origin of a state is known exactly: what no one else has noted under the lock is the
//! breaker's own doing. Outcomes of calls take no lock: they race with the rest by the
//! compare-exchange of the state, as they do without a link.
//!
//! # Orderings
//!
//! The atomics here are hints that save calls the lock, and guard nothing: relaxed. What depends on
//! them is looked at again under the lock. `until` is the exception, and says why.

mod follow;
mod keys;
mod leases;
mod local;
mod probes;
mod source;
mod tied;

use std::sync::{PoisonError, Weak};

use super::core::Core;
use super::state::{State, generations_between};
use crate::circuit_state::CircuitState;
use crate::config::Mode;
use crate::name::Name;
use crate::sync::{AtomicBool, AtomicU64, Mutex, MutexGuard, Ordering};

pub(super) use keys::SetSource;
pub use leases::{Ended, Lease, ProbeOutcome};
pub use local::{Forced, Held, Local, Origin};
pub use source::{Change, Source};
pub use tied::{AlreadyTied, Tied};

use leases::Leases;

/// Not a generation: those have 40 bits.
const NO_GENERATION: u64 = u64::MAX;
/// How many bits of [`Link::failed`] hold the number of failed recoveries.
const FAILED_BITS: u32 = 24;

/// What a tied breaker shares with its agent.
pub(super) struct Link {
    name: Name,
    /// Until when a call past the open phase needs a lease; 0 if none does.
    guarded_until: AtomicU64,
    /// When an open phase ends whose state says so; see [`State::follows_link`].
    ///
    /// Relaxed: written before the compare-exchange that publishes such a state, and only raised
    /// while it lasts. A thread that reads it for an earlier state is late, and its own
    /// compare-exchange fails.
    until: AtomicU64,
    /// The failed recoveries that the fleet has counted, and above them the generation from which
    /// more are counted here.
    failed: AtomicU64,
    /// When the breaker last left the closed state. Never goes back, as `Core::opened_at`.
    tripped_at: AtomicU64,
    /// The state in which a call was rejected last; all ones if none was.
    rejected_in: AtomicU64,
    wants_lease: AtomicBool,
    /// The generation in which the fleet holds the circuit state.
    forced_in: AtomicU64,
    /// When that ends; `u64::MAX` if it does not.
    forced_until: AtomicU64,
    shared: Mutex<Shared>,
}

/// What is read and written under the lock.
#[derive(Default)]
struct Shared {
    source: Option<Weak<dyn Source>>,
    /// How often it was tied. A former agent's hold has a lower number.
    ties: u64,
    coordinated_until: u64,
    register: Option<Register>,
    /// The epoch in which local rules hold.
    local_rules: Option<u64>,
    /// The last opening that was not the breaker's own doing: since which generation, and whose.
    opened: Option<(u64, Origin)>,
    /// The generation of the half-open episode whose probes have leases, and their epoch.
    episode: Option<(u64, u64)>,
    force: Option<Force>,
    /// The mode that the fleet has set.
    mode: Option<Mode>,
    leases: Leases,
}

/// The newest register that was shown.
#[derive(Clone, Copy)]
struct Register {
    epoch: u64,
    phase: Phase,
}

#[derive(Clone, Copy)]
enum Phase {
    Open { until: u64, failed: u64 },
    Closed { made_at: u64 },
}

/// A circuit state that the fleet holds, and until when; `u64::MAX` if it does not end by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Force {
    to: CircuitState,
    until: u64,
}

impl Link {
    fn new(name: Name, state: State) -> Self {
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

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Nothing under the lock panics half way through a change.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the agent. The caller does not hold the lock.
    fn wake(&self) {
        let source = self.lock().source.clone();
        if let Some(source) = source.and_then(|source| source.upgrade()) {
            source.wake(self.name.as_str());
        }
    }

    fn is_guarded(&self, now: u64) -> bool {
        self.guarded_until.load(Ordering::Relaxed) > now
    }

    /// Notes whether calls need leases, after a change of what that depends on.
    fn guard(&self, shared: &Shared) {
        let until = if shared.open_epoch().is_some() { shared.coordinated_until } else { 0 };
        self.guarded_until.store(until, Ordering::Relaxed);
    }
}

impl Shared {
    /// Returns the epoch if the fleet is not closed, and the breaker is to follow it.
    fn open_epoch(&self) -> Option<u64> {
        let Register { epoch, phase } = self.register?;
        let follows = self.local_rules != Some(epoch);
        (follows && matches!(phase, Phase::Open { .. })).then_some(epoch)
    }

    fn epoch(&self) -> u64 {
        self.register.map_or(0, |register| register.epoch)
    }
}

impl Core {
    /// Notes when the breaker leaves the closed state, before the state says so.
    #[cold]
    #[inline(never)]
    pub(super) fn note_trip(&self, now: u64) {
        if let Some(link) = self.link.get() {
            // Relaxed, and only ever later, for the reasons of `opens`.
            link.tripped_at.fetch_max(now, Ordering::Relaxed);
        }
    }

    /// Returns how many recoveries in a row have failed, here and by the fleet's count.
    #[cold]
    #[inline(never)]
    pub(super) fn failed_recoveries(&self, tripped: u64, generation: u64) -> u64 {
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
    pub(super) fn followed_until(&self) -> u64 {
        self.link.get().map_or(0, |link| link.until.load(Ordering::Relaxed))
    }

    /// Returns who opened it, for a state that is not closed.
    fn origin(&self, shared: &Shared) -> Origin {
        let trip = self.tripped.load(Ordering::Relaxed);
        match shared.opened {
            Some((since, origin)) if generations_between(since, trip) == 0 => origin,
            _ => Origin::Own { trip },
        }
    }

    /// Locks the link for a command of an operator of this process, if there is one.
    pub(super) fn operating(&self) -> Operating<'_> {
        Operating(self.link.get().map(|link| link.lock()))
    }

    /// Notes that a call was rejected in this state.
    #[inline]
    pub(super) fn note_rejection(&self, state: State) {
        if let Some(link) = self.link.get() {
            // Loaded first: a store by each call would take the line from other threads.
            if link.rejected_in.load(Ordering::Relaxed) != state.bits() {
                link.rejected_in.store(state.bits(), Ordering::Relaxed);
            }
        }
    }
}

/// The lock that an operator holds while changing the state.
pub(super) struct Operating<'l>(Option<MutexGuard<'l, Shared>>);

impl Operating<'_> {
    /// Notes that the breaker is open by an operator from this generation on.
    pub(super) fn opened(&mut self, generation: u64) {
        if let Some(shared) = &mut self.0 {
            shared.opened = Some((generation, Origin::Operator));
        }
    }
}
