//! The commands of an operator. Each is reported as an `Event::Control`.

use super::CircuitBreaker;
use super::admission::Transition;
use super::core::Core;
use super::settings::CurrentSettings;
use crate::circuit_state::CircuitState;
use crate::clock;
use crate::config::Mode;
use crate::observe::{self, Action};

impl CircuitBreaker {
    /// Rejects every call until another command changes the state: [`reset`](Self::reset),
    /// [`force_closed`](Self::force_closed), [`trip`](Self::trip) or
    /// [`half_open`](Self::half_open).
    pub fn force_open(&self) {
        self.act(Action::ForceOpen, |now| self.core.force(CircuitState::Open, true, now));
    }

    /// Admits every call and counts no outcome until another command changes the state:
    /// [`reset`](Self::reset), [`force_open`](Self::force_open), [`trip`](Self::trip) or
    /// [`half_open`](Self::half_open).
    pub fn force_closed(&self) {
        self.act(Action::ForceClosed, |now| self.core.force(CircuitState::Closed, true, now));
    }

    /// Closes the breaker, clears its counts, and lets outcomes change its state again.
    ///
    /// Outcomes of calls that are under way are ignored. The mode stays.
    pub fn reset(&self) {
        self.act(Action::Reset, |now| self.core.force(CircuitState::Closed, false, now));
    }

    /// Opens the breaker as if failures had reached the threshold. It admits probes after
    /// `recovery_timeout`.
    ///
    /// Use this when an operator or a health check knows that the dependency is down. It ends a
    /// forced state. If the breaker is open, the open phase starts again.
    pub fn trip(&self) {
        self.act(Action::Trip, |now| self.core.trip(now));
    }

    /// Half-opens the breaker now, without waiting for the end of `recovery_timeout`.
    ///
    /// Use this when an operator knows that the dependency is back and wants probes to confirm it.
    /// It ends a forced state. If the breaker is half-open, nothing changes.
    pub fn half_open(&self) {
        self.act(Action::HalfOpen, |now| self.core.half_open(&self.settings, now));
    }

    /// Sets the mode from the next call on. State and counts stay.
    ///
    /// In [`Mode::Observe`] the breaker evaluates calls as in [`Mode::Enforce`]. It reports a call
    /// that it would reject ([`Event::WouldReject`]) and admits it with a permit whose outcome does
    /// not count. In [`Mode::Off`] it admits every call and ignores all outcomes.
    ///
    /// [`Event::WouldReject`]: crate::observe::Event::WouldReject
    pub fn set_mode(&self, mode: Mode) {
        self.core.set_mode(mode);
        observe::report_action(self.name(), Action::SetMode, Some(&mode));
        #[cfg(feature = "fleet")]
        self.follow_after_operator();
    }

    /// Executes a command at the current time. Reports it before the transition that it causes.
    fn act(&self, action: Action, act: impl FnOnce(u64) -> Option<Transition>) {
        let transition = act(clock::nanos());
        observe::report_action(self.name(), action, None);
        self.announce(transition);
        #[cfg(feature = "fleet")]
        self.follow_after_operator();
    }
}

impl Core {
    /// Enters a circuit state from any other.
    pub(super) fn force(&self, to: CircuitState, forced: bool, now: u64) -> Option<Transition> {
        #[cfg(feature = "fleet")]
        let mut link = self.operating();
        let mut state = self.load();
        loop {
            let next = state.enter(to, forced);
            match self.exchange(state, next) {
                Ok(()) => {
                    #[cfg(feature = "fleet")]
                    {
                        link.opened(next.generation());
                        self.note_trip(now);
                    }
                    let changes = state.circuit() != to;
                    return changes.then(|| self.changed(state, next, now));
                }
                Err(found) => state = found,
            }
        }
    }

    /// Opens from any circuit state. The new open phase counts as the first.
    pub(super) fn trip(&self, now: u64) -> Option<Transition> {
        #[cfg(feature = "fleet")]
        let mut link = self.operating();
        let mut state = self.load();
        loop {
            let next = state.enter(CircuitState::Open, false);
            self.opens(next, true, now);
            match self.exchange(state, next) {
                Ok(()) => {
                    #[cfg(feature = "fleet")]
                    link.opened(next.generation());
                    let changes = state.circuit() != CircuitState::Open;
                    return changes.then(|| self.changed(state, next, now));
                }
                Err(found) => state = found,
            }
        }
    }

    /// Starts a half-open episode, unless one is under way.
    pub(super) fn half_open(&self, settings: &CurrentSettings, now: u64) -> Option<Transition> {
        #[cfg(feature = "fleet")]
        let mut link = self.operating();
        let mut state = self.load();
        while state.circuit() != CircuitState::HalfOpen {
            match self.begin_episode(state, settings, now) {
                Ok(transition) => {
                    if state.circuit() == CircuitState::Closed || state.forced() {
                        // If a probe fails, the open phase that follows counts as the first. It is
                        // two generations from here, with no failed recovery before it. Noted after
                        // the exchange, which another change may win. `open_until` tolerates the
                        // delay.
                        let episode = state.enter(CircuitState::HalfOpen, false);
                        let reopened = episode.enter(CircuitState::Open, false).generation();
                        self.trips_in(reopened);
                        #[cfg(feature = "fleet")]
                        {
                            link.opened(reopened);
                            self.note_trip(now);
                        }
                    }
                    return Some(transition);
                }
                Err(found) => state = found,
            }
        }
        None
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        let mut state = self.load();
        while let Err(found) = self.exchange(state, state.with_mode(mode)) {
            state = found;
        }
    }
}
