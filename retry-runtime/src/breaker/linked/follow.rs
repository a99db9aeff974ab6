//! The decisions of the fleet, applied to the state: changes by the agent, and the comparison with
//! the newest register.

use super::change::Change;
use super::link::{FAILED_BITS, Force, Link, NO_GENERATION, Phase, Register, Shared};
use super::local::Origin;
use crate::breaker::CircuitBreaker;
use crate::breaker::admission::Transition;
use crate::breaker::core::Core;
use crate::breaker::settings::CurrentSettings;
use crate::breaker::state::State;
use crate::circuit_state::CircuitState;
use crate::clock;
use crate::config::Mode;
use crate::sync::Ordering;

/// The effects of a change. The transitions are announced once the lock is released.
#[derive(Default)]
pub(super) struct Changed {
    pub(super) transitions: Vec<Transition>,
    /// Something other than the circuit state has changed.
    pub(super) other: bool,
}

/// A breaker during a change, with the lock held.
pub(super) struct Follower<'l> {
    pub(super) core: &'l Core,
    pub(super) settings: &'l CurrentSettings,
    pub(super) link: &'l Link,
    pub(super) shared: &'l mut Shared,
    pub(super) now: u64,
    pub(super) changed: Changed,
}

impl Follower<'_> {
    /// Applies a change by the agent.
    pub(super) fn take(&mut self, change: Change) {
        match change {
            Change::Coordinate { until } => self.shared.coordinated_until = until,
            Change::Alone => self.shared.coordinated_until = 0,
            Change::Open { epoch, until, failed } => {
                self.show(Register { epoch, phase: Phase::Open { until, failed } });
            }
            Change::Close { epoch, made_at } => {
                let made_at = made_at.min(self.now);
                self.show(Register { epoch, phase: Phase::Closed { made_at } });
            }
            Change::LocalRules { epoch } => {
                if epoch >= self.shared.epoch() {
                    self.shared.local_rules = Some(epoch);
                }
            }
            Change::ForceOpen { until } => self.force(CircuitState::Open, until),
            Change::ForceClosed { until } => self.force(CircuitState::Closed, until),
            Change::EndForce => self.end_force(),
            Change::Mode(mode) => self.set_mode(mode),
            Change::Grant(lease) => {
                let epoch = self.shared.open_epoch();
                let granted = self.shared.leases.grant(lease, epoch, self.now);
                if granted {
                    self.link.wants_lease.store(false, Ordering::Relaxed);
                }
                self.changed.other |= granted;
            }
            Change::TakeBack { sequence } => {
                self.changed.other |= self.shared.leases.take_back(sequence);
            }
            Change::Asked => self.link.wants_lease.store(false, Ordering::Relaxed),
        }
        self.compare();
    }

    /// Keeps the register if it is the newest one.
    fn show(&mut self, mut shown: Register) {
        if let Some(Register { epoch, phase }) = self.shared.register {
            if shown.epoch < epoch {
                return;
            }
            if let (true, Phase::Closed { made_at }) = (shown.epoch == epoch, &mut shown.phase) {
                match phase {
                    // Within one epoch, open precedes closed.
                    Phase::Open { .. } => return,
                    // The earlier estimate counts: a breaker that tripped after it stays open.
                    Phase::Closed { made_at: known } => *made_at = known.min(*made_at),
                }
            }
        }
        self.shared.register = Some(shown);
        self.shared.local_rules = self.shared.local_rules.filter(|&epoch| epoch >= shown.epoch);
        self.shared.leases.keep_only(self.shared.open_epoch());
    }

    /// Makes the breaker follow the force of the fleet or, while coordinated, the newest register.
    pub(super) fn compare(&mut self) {
        let guarded_until = self.shared.guarded_until();
        // Raised before and lowered after: meanwhile, no call may become a probe without a lease.
        self.link.guarded_until.fetch_max(guarded_until, Ordering::Relaxed);
        self.follow();
        self.link.guarded_until.store(guarded_until, Ordering::Relaxed);
    }

    fn follow(&mut self) {
        if self.shared.force.is_some_and(|force| force.until <= self.now) {
            self.end_force();
        }
        if let Some(force) = self.shared.force {
            self.hold(force);
            return;
        }
        let Some(Register { epoch, phase }) = self.shared.register else { return };
        if self.shared.coordinated_until <= self.now || self.shared.local_rules == Some(epoch) {
            return;
        }
        match phase {
            Phase::Open { until, failed } => self.open(epoch, until, failed),
            Phase::Closed { made_at } => self.close(made_at),
        }
    }

    fn open(&mut self, epoch: u64, until: u64, failed: u64) {
        let mut state = self.core.load();
        while follows(state) {
            let next = match state.circuit() {
                CircuitState::Open => {
                    if until <= self.core.open_until(state, self.settings) {
                        return;
                    }
                    state.with_link()
                }
                CircuitState::HalfOpen
                    if self.shared.episode == Some((state.generation(), epoch)) =>
                {
                    return;
                }
                CircuitState::Closed | CircuitState::HalfOpen => {
                    state.enter(CircuitState::Open, false).with_link()
                }
            };
            if self.begin_open(state, next, until, failed) {
                if state.circuit() == CircuitState::Closed {
                    self.shared.opened = Some((next.generation(), Origin::Fleet { epoch }));
                }
                return;
            }
            state = self.core.load();
        }
    }

    /// Starts an open phase that the link ends, or prolongs one. Returns `false` if the state was
    /// no longer `from`.
    fn begin_open(&mut self, from: State, to: State, until: u64, failed: u64) -> bool {
        let Self { core, link, now, .. } = *self;
        // Stored before the state refers to it, and never lowered while it does: see `Link::until`.
        link.until.store(until, Ordering::Relaxed);
        if from.circuit() == CircuitState::Closed {
            core.note_trip(now);
        }
        if core.exchange(from, to).is_err() {
            return false;
        }
        let failed = failed.min((1 << FAILED_BITS) - 1);
        link.failed.store(to.generation() << FAILED_BITS | failed, Ordering::Relaxed);
        self.note(from, to);
        true
    }

    /// Closes a breaker that was not closed when the closing epoch was made.
    fn close(&mut self, made_at: u64) {
        let mut state = self.core.load();
        while follows(state) && state.circuit() != CircuitState::Closed {
            let by_fleet = matches!(self.core.origin(self.shared), Origin::Fleet { .. });
            let left_closed_at = self.link.tripped_at.load(Ordering::Relaxed);
            if !by_fleet && left_closed_at > made_at {
                return;
            }
            if self.enter(state, CircuitState::Closed, false).is_some() {
                return;
            }
            state = self.core.load();
        }
    }

    fn force(&mut self, to: CircuitState, until: Option<u64>) {
        let until = until.unwrap_or(u64::MAX);
        let force = Force { to, until };
        self.changed.other |= self.shared.force.replace(force) != Some(force);
        self.link.forced_until.store(until, Ordering::Relaxed);
    }

    /// Holds the state that the fleet forces, unless an operator of this process forces one.
    fn hold(&mut self, force: Force) {
        let mut state = self.core.load();
        loop {
            let is_held = self.is_held(state);
            if state.mode() == Mode::Off
                || state.forced() && (!is_held || state.circuit() == force.to)
            {
                return;
            }
            if let Some(held) = self.enter(state, force.to, true) {
                self.link.forced_in.store(held.generation(), Ordering::Relaxed);
                return;
            }
            state = self.core.load();
        }
    }

    fn is_held(&self, state: State) -> bool {
        state.forced() && self.link.forced_in.load(Ordering::Relaxed) == state.generation()
    }

    /// Ends the fleet's force. A breaker that it held closes, with nothing counted.
    fn end_force(&mut self) {
        self.changed.other |= self.shared.force.take().is_some();
        let mut state = self.core.load();
        while self.is_held(state) {
            if self.enter(state, CircuitState::Closed, false).is_some() {
                break;
            }
            state = self.core.load();
        }
        self.link.forced_in.store(NO_GENERATION, Ordering::Relaxed);
    }

    fn set_mode(&mut self, mode: Option<Mode>) {
        let before = self.core.load().mode();
        let former = std::mem::replace(&mut self.shared.mode, mode);
        let Some(to) = mode.or_else(|| {
            let is_the_fleets = former.is_some_and(|former| former == before);
            is_the_fleets.then(|| self.settings.mode())
        }) else {
            return;
        };
        if to != before {
            self.core.set_mode(to);
            self.changed.other = true;
        }
    }

    /// Enters a circuit state from `from`. Returns the new state, or `None` if another was found.
    fn enter(&mut self, from: State, to: CircuitState, forced: bool) -> Option<State> {
        let next = from.enter(to, forced);
        self.core.exchange(from, next).ok()?;
        self.note(from, next);
        Some(next)
    }

    fn note(&mut self, from: State, to: State) {
        if from.circuit() == to.circuit() {
            self.changed.other = true;
        } else {
            self.changed.transitions.push(self.core.changed(from, to, self.now));
        }
    }
}

/// Returns whether a state follows the fleet's register.
fn follows(state: State) -> bool {
    !state.forced() && state.mode() != Mode::Off
}

impl Core {
    /// Ends the fleet's force on this state if its time is over and no change has ended it yet.
    /// Returns whether the state must be loaded again.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn ends_force(
        &self,
        state: State,
        settings: &CurrentSettings,
        now: impl Fn() -> u64,
        announce: impl Fn(Transition),
    ) -> bool {
        let Some(link) = self.link.get() else { return false };
        let until = link.forced_until.load(Ordering::Relaxed);
        // A force by an operator, or without an end, does not read the clock.
        if link.forced_in.load(Ordering::Relaxed) != state.generation() || until == u64::MAX {
            // Another thread may have just ended it.
            return self.load() != state;
        }
        let now = now();
        if until > now {
            return false;
        }
        self.compared(settings, link, now).into_iter().for_each(announce);
        link.wake();
        true
    }

    /// Makes the breaker follow the fleet. Returns the transitions to announce.
    fn compared(&self, settings: &CurrentSettings, link: &Link, now: u64) -> Vec<Transition> {
        let ((), changed) = self.following(settings, link, now, |follower| {
            follower.compare();
        });
        changed.transitions
    }

    /// Changes the breaker under the lock of its link.
    pub(super) fn following<R>(
        &self,
        settings: &CurrentSettings,
        link: &Link,
        now: u64,
        act: impl FnOnce(&mut Follower<'_>) -> R,
    ) -> (R, Changed) {
        let shared = &mut *link.lock();
        let changed = Changed::default();
        let mut follower = Follower { core: self, settings, link, shared, now, changed };
        let result = act(&mut follower);
        (result, follower.changed)
    }

    /// Wakes the agent, if there is one.
    pub(in crate::breaker) fn wake_agent(&self) {
        if let Some(link) = self.link.get() {
            link.wake();
        }
    }
}

impl CircuitBreaker {
    /// Compares the breaker with the newest register after an operator's action, and wakes the
    /// agent.
    pub(in crate::breaker) fn follow_after_operator(&self) {
        if let Some(link) = self.core.link.get() {
            let now = clock::nanos();
            self.announce_all(self.core.compared(&self.settings, link, now));
            link.wake();
        }
    }
}
