//! The agent, and its handle to a breaker.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::change::Change;
use super::follow::Follower;
use super::leases::Ended;
use super::link::{Link, Shared, Wake};
use super::local::{Forced, Local};
use crate::breaker::admission::Transition;
use crate::breaker::state::State;
use crate::breaker::{CircuitBreaker, Handle};
use crate::circuit_state::CircuitState;
use crate::clock;
use crate::sync::Ordering;

/// The agent, as a breaker sees it.
///
/// Threads of calls and operators call these methods. A method must return soon, must not block and
/// must not panic. No lock of a breaker or of a set is held meanwhile. A breaker keeps its source
/// weakly, so an agent that is dropped is no longer called.
pub trait Source: Send + Sync {
    /// Wakes the agent after something that it may need to know: a change of the circuit state that
    /// the agent did not make, an action of an operator, an outcome of a leased probe, or the first
    /// call that needs a lease.
    ///
    /// Wake-ups are not counted. The agent looks at the breaker and drains its outcomes, and so
    /// finds everything that happened before the wake-up. A wake-up may come without news.
    fn wake(&self, breaker: &str);

    /// Returns the changes with which the breaker of a new key begins, in order. For a register
    /// that is not closed they are [`Change::Coordinate`] and [`Change::Open`].
    ///
    /// Called before the breaker exists. If this thread creates it, a call of [`made`](Self::made)
    /// follows. Another thread may create it first, or the key may get an overflow breaker.
    fn begins(&self, breaker: &str) -> Vec<Change>;

    /// Passes a breaker of a set that was just created, or that existed when the set was tied.
    ///
    /// Overflow breakers, which serve keys without a place, are never tied.
    fn made(&self, breaker: Tied);

    /// Reports that a breaker lost its place in its set. Another breaker may be created for its
    /// key, and its outcomes no longer count. The agent must drop its [`Tied`], withdraw the vote
    /// and give back the leases.
    fn evicted(&self, breaker: &str);
}

/// An agent that may have been dropped.
struct Agent(Weak<dyn Source>);

impl Wake for Agent {
    fn is_alive(&self) -> bool {
        self.0.strong_count() > 0
    }

    fn wake(&self, breaker: &str) {
        if let Some(source) = self.0.upgrade() {
            source.wake(breaker);
        }
    }

    fn evicted(&self, breaker: &str) {
        if let Some(source) = self.0.upgrade() {
            source.evicted(breaker);
        }
    }
}

/// The error if another agent that is alive has tied the breaker or the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyTied;

/// A breaker that an agent coordinates. It keeps the breaker alive.
///
/// Dropping it ends the coordination and removes the unclaimed leases and the source. A force by
/// the fleet stays until its end. The breaker may be tied again and keeps what it has learned.
#[derive(Debug)]
pub struct Tied {
    breaker: Handle,
    /// The number of this tie. The ties of former agents have no effect.
    tie: u64,
}

impl Tied {
    /// Ties a breaker, unless another source that is alive has tied it.
    pub(crate) fn new(breaker: Handle, source: &Weak<dyn Source>) -> Result<Self, AlreadyTied> {
        let tie = breaker.tie(source)?;
        Ok(Self { breaker, tie })
    }

    /// Wraps a breaker that was tied with this number.
    pub(super) fn of(breaker: Arc<CircuitBreaker>, tie: u64) -> Self {
        Self { breaker: Handle::shared(breaker), tie }
    }

    /// Returns the breaker's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.breaker.name()
    }

    /// Returns whether no other reference keeps the breaker alive.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.breaker.is_last()
    }

    /// Returns the breaker at this moment. If the time of the fleet's force is over, ends it first.
    #[must_use]
    pub fn look(&self) -> Local {
        let (local, _) = self.breaker.following(|follower| {
            follower.compare();
            look(follower, self.breaker.built().half_open_max_calls())
        });
        local
    }

    /// Changes the breaker. Returns whether anything changed: the circuit state, the deadline, the
    /// mode, the force or the leases.
    ///
    /// A change of the circuit state is emitted as a `Transition` on this thread. It does not wake
    /// the agent.
    #[allow(clippy::must_use_candidate, reason = "most changes are made whatever they change")]
    pub fn change(&self, change: Change) -> bool {
        let ((), has_changed) = self.breaker.following(|follower| {
            if follower.shared.ties == self.tie {
                follower.take(change);
            }
        });
        has_changed
    }

    /// Returns the leased probes that have ended since the last call, the earliest first.
    #[must_use = "each outcome is returned once"]
    pub fn outcomes(&self) -> Vec<Ended> {
        let mut shared = self.breaker.link().lock();
        if shared.ties == self.tie { shared.leases.ended() } else { Vec::new() }
    }

    /// Returns the length of the open phase after this many failed recoveries in a row, according
    /// to the current settings.
    #[must_use]
    pub fn open_for(&self, failed: u64) -> Duration {
        Duration::from_nanos(self.breaker.settings.open_for(|| failed, 0))
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        self.breaker.following(|follower| {
            if follower.shared.ties == self.tie {
                follower.take(Change::Alone);
                follower.shared.leases.keep_only(None);
                follower.shared.source = None;
            }
        });
    }
}

impl CircuitBreaker {
    /// Ties the breaker to a source. Returns the number of the tie.
    pub(super) fn tie(&self, source: &Weak<dyn Source>) -> Result<u64, AlreadyTied> {
        let mut shared = self.link().lock();
        if shared.source.as_ref().is_some_and(|source| source.is_alive()) {
            return Err(AlreadyTied);
        }
        shared.source = Some(Arc::new(Agent(Weak::clone(source))));
        shared.ties += 1;
        Ok(shared.ties)
    }

    /// Returns the link. It is created when the breaker is first tied.
    pub(super) fn link(&self) -> &Link {
        // Loaded first: nothing under the lock of the cell yields to the model checker.
        let state = self.core.load();
        self.core.link.get_or_init(|| Box::new(Link::new(self.name.clone(), state)))
    }

    /// Runs `act` with the link, and announces the transitions. Returns whether anything changed.
    fn following<R>(&self, act: impl FnOnce(&mut Follower<'_>) -> R) -> (R, bool) {
        let (link, now) = (self.link(), clock::nanos());
        let (result, changed) = self.core.following(&self.settings, link, now, act);
        let has_changed = changed.other || !changed.transitions.is_empty();
        self.announce_all(changed.transitions);
        (result, has_changed)
    }

    pub(super) fn announce_all(&self, transitions: Vec<Transition>) {
        for transition in transitions {
            self.emit_change(transition);
        }
    }
}

fn look(follower: &Follower<'_>, half_open_max_calls: u8) -> Local {
    let Follower { core, settings, link, now, .. } = *follower;
    let shared: &Shared = follower.shared;
    let state = core.load();
    let (circuit, generation) = (state.circuit(), state.generation());
    let is_closed = circuit == CircuitState::Closed;
    let forced = match state.forced() {
        false => Forced::No,
        true if link.forced_in.load(Ordering::Relaxed) == generation => Forced::Fleet,
        true => Forced::Here,
    };
    let is_open_by_itself = circuit == CircuitState::Open && forced == Forced::No;
    let until = if is_open_by_itself { core.open_until(state, settings) } else { 0 };
    Local {
        state: circuit,
        generation,
        mode: state.mode(),
        forced,
        origin: (!is_closed).then(|| core.origin(shared)),
        opened_at: if is_closed { 0 } else { link.tripped_at.load(Ordering::Relaxed) },
        until,
        rejected: State::from_bits(link.rejected_in.load(Ordering::Relaxed)).generation()
            == generation,
        wants_lease: link.wants_lease.load(Ordering::Relaxed),
        coordinated: shared.coordinated_until > now,
        epoch: shared.epoch(),
        leases: shared.leases.held(),
        half_open_max_calls: half_open_max_calls.into(),
        success_threshold: settings.success_threshold().into(),
        recovery_timeout: Duration::from_nanos(settings.recovery_timeout()),
        probe_timeout: Duration::from_nanos(settings.probe_timeout()),
        longest_open: Duration::from_nanos(settings.longest_open()),
    }
}
