//! The agent's hold on a breaker.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::follow::Follower;
use super::leases::Ended;
use super::local::{Forced, Local};
use super::source::{Change, Source};
use super::{Link, Shared};
use crate::breaker::admission::Transition;
use crate::breaker::state::State;
use crate::breaker::{CircuitBreaker, Handle};
use crate::circuit_state::CircuitState;
use crate::clock;
use crate::sync::Ordering;

/// Another agent has tied the breaker or the set, and is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyTied;

/// A breaker that an agent coordinates. It keeps the breaker alive.
///
/// Dropping it leaves the breaker alone: not coordinated, without unclaimed leases and without a
/// source. What the fleet forced stays so until its end. The breaker may be tied again, and knows
/// then what it knew.
#[derive(Debug)]
pub struct Tied {
    breaker: Handle,
    /// The number of this tie: a former agent's hold does nothing.
    tie: u64,
}

impl Tied {
    /// Ties a breaker, unless another source that is alive has.
    pub(crate) fn new(breaker: Handle, source: &Weak<dyn Source>) -> Result<Self, AlreadyTied> {
        let tie = breaker.tie(source)?;
        Ok(Self { breaker, tie })
    }

    /// Wraps a breaker that this tie has tied.
    pub(super) fn of(breaker: Arc<CircuitBreaker>, tie: u64) -> Self {
        Self { breaker: Handle::shared(breaker), tie }
    }

    /// Returns the breaker's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.breaker.name()
    }

    /// Returns whether nothing else keeps the breaker alive.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.breaker.is_last()
    }

    /// Returns the breaker at this moment. A force by the fleet that is over is ended first.
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
    /// A change of the circuit state is emitted as a `Transition`, on this thread. It wakes nobody.
    #[allow(clippy::must_use_candidate, reason = "most changes are made whatever they change")]
    pub fn change(&self, change: Change) -> bool {
        let ((), has_changed) = self.breaker.following(|follower| {
            if follower.shared.ties == self.tie {
                follower.take(change);
            }
        });
        has_changed
    }

    /// Returns the leased probes that have ended since the last time, the first one first.
    #[must_use = "each outcome is returned once"]
    pub fn outcomes(&self) -> Vec<Ended> {
        let mut shared = self.breaker.link().lock();
        if shared.ties == self.tie { shared.leases.ended() } else { Vec::new() }
    }

    /// Returns how long an open phase lasts after so many failed recoveries in a row, by the
    /// settings as they are now.
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
        if shared.source.as_ref().is_some_and(|source| source.strong_count() > 0) {
            return Err(AlreadyTied);
        }
        shared.source = Some(Weak::clone(source));
        shared.ties += 1;
        Ok(shared.ties)
    }

    /// Returns the link, which is made when the breaker is first tied.
    pub(super) fn link(&self) -> &Link {
        let new = || Box::new(Link::new(self.name.clone(), self.core.load()));
        self.core.link.get_or_init(new)
    }

    /// Acts on the link, and announces what came of it. Returns whether anything changed.
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
