//! The effects of outcomes on a breaker.

use super::{Core, claim};
use crate::breaker::admission::{Admission, Request, Transition};
use crate::breaker::settings::{CurrentSettings, Outcome};
use crate::breaker::state::State;
use crate::breaker::window::{Sample, Tally};
use crate::circuit_state::CircuitState;

impl Core {
    /// Records a success that needs no clock and at most one atomic update: none if the breaker is
    /// healthy, one in a window of calls. Returns `false` if nothing was recorded.
    ///
    /// The state is that of the admission, so the admission holds no slot and counts. If the state
    /// changes after the load, the success enters the window under the tag of an old generation,
    /// which no reader counts.
    #[inline]
    pub(in crate::breaker) fn succeed_at_once(&self, admission: &Admission) -> bool {
        let state = admission.state;
        self.load_relaxed() == state
            && (state.ignores_success()
                // The state is not timed, so there is no `slow_call`.
                || state.only_records_success()
                    && self.history.record_good_call(state.tag(), false))
    }

    /// Records a failure of a closed breaker without a window that stays closed. This takes one
    /// atomic update. Returns `false` if nothing was recorded, as always in a set, because the use
    /// must be noted too.
    #[inline]
    pub(in crate::breaker) fn fail_at_once(
        &self,
        settings: &CurrentSettings,
        admission: &Admission,
    ) -> bool {
        let state = self.load();
        self.used_at.is_none()
            && state
                .after_one_more_failure(admission.state, settings.failure_threshold())
                .is_some_and(|next| self.exchange(state, next).is_ok())
    }

    /// Records the outcome of an admitted call. Combines the paths of `CircuitBreaker::succeeded`
    /// and `CircuitBreaker::failed`.
    #[cfg(any(test, feature = "simulation"))]
    pub(in crate::breaker) fn end(
        &self,
        settings: &CurrentSettings,
        admission: Admission,
        outcome: Outcome,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        let is_settled = match outcome {
            Outcome::Success => {
                self.succeed_at_once(&admission)
                    || self.succeed_by_clock(settings, &admission, &now)
            }
            Outcome::Failure => self.fail_at_once(settings, &admission),
            Outcome::Ignored => false,
        };
        if is_settled {
            return None;
        }
        self.settle(settings, admission, outcome, 0, now)
    }

    /// Counts the outcome of an admitted call and gives its slot back. `hint` is that of the error
    /// of a failure, in nanoseconds, or 0.
    ///
    /// The outcome is counted first. Otherwise the slot of a failed probe could admit another probe
    /// in between.
    #[inline]
    pub(in crate::breaker) fn settle(
        &self,
        settings: &CurrentSettings,
        admission: Admission,
        outcome: Outcome,
        hint: u64,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        if self.counts_in_window(settings, &admission) {
            return self.count_in_window(settings, admission, outcome, hint, now);
        }
        if !admission.state.counts() {
            return None;
        }
        #[cfg(feature = "fleet")]
        if admission.state.circuit() == CircuitState::HalfOpen {
            if let Some(link) = self.link.get() {
                return self.settle_probe(link, settings, admission, outcome, hint, now);
            }
        }
        let began = (admission.at != 0).then_some(admission.at);
        let generation = admission.state.generation();
        let transition = self.count(settings, generation, outcome, hint, began, now);
        self.release_slot(settings, admission);
        transition
    }

    /// Gives the slot of an admission back, if the admission holds one and its episode still lasts.
    pub(in crate::breaker) fn release_slot(
        &self,
        settings: &CurrentSettings,
        Admission { state, at }: Admission,
    ) {
        if state.circuit() == CircuitState::HalfOpen
            && self.load().generation() == state.generation()
        {
            self.slots.release(claim(state, settings, Request::default(), at));
        }
    }

    /// Counts an outcome without a permit.
    pub(in crate::breaker) fn record(
        &self,
        settings: &CurrentSettings,
        outcome: Outcome,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        let state = self.load();
        if settings.built().has_window() && state.circuit() == CircuitState::Closed {
            return self.count_in_window(settings, Admission { state, at: 0 }, outcome, 0, now);
        }
        #[cfg(feature = "fleet")]
        if state.circuit() == CircuitState::HalfOpen {
            return self.record_probe(settings, state, outcome, now);
        }
        let transition = self.count(settings, state.generation(), outcome, 0, None, &now);
        if state.circuit() == CircuitState::HalfOpen {
            self.slots.release_manual(claim(state, settings, Request::default(), now()));
        }
        transition
    }

    /// Gives the slot of an admitted call back before its outcome, and fixes whether the call was
    /// slow, because the duration of a stream ends with its first item.
    #[cfg(feature = "stream")]
    pub(in crate::breaker) fn release(
        &self,
        settings: &CurrentSettings,
        admission: &mut Admission,
        now: impl FnOnce() -> u64,
    ) {
        if !admission.state.counts() {
            return;
        }
        #[cfg(feature = "fleet")]
        let keeps_lease = self.has_lease(*admission);
        #[cfg(not(feature = "fleet"))]
        let keeps_lease = false;
        if !keeps_lease {
            self.release_slot(settings, *admission);
            admission.state = admission.state.without_slot();
        }
        let built = settings.built();
        // A call that is slow now is slow at its outcome too. A call that is not must stay so.
        if admission.at != 0
            && built.has_slow_call()
            && !built.is_slow(now().saturating_sub(admission.at))
        {
            #[cfg(feature = "fleet")]
            self.forget_begin(*admission);
            admission.at = 0;
        }
    }

    /// Counts an outcome if its generation is still the breaker's. The outcome must not belong to a
    /// window. `began` is when the call began, if that is known.
    ///
    /// A thread that opens the breaker reads the clock before it loads the state, and writes
    /// `opened_at` before it changes the state. So every thread that sees the breaker open also
    /// sees the time.
    ///
    /// Several threads may race to trip. The clock does not go back. A thread that loses the race
    /// read its time before it loaded a state that was not yet open, and so before the trip.
    /// `opened_at` only goes up. A time that the loser writes, early or late, is thus no later than
    /// the winner's, or lies between the winner's and the trip. It never shortens the open phase,
    /// and the phase never ends later than if it were counted from the trip.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "inlined into `settle`, its main caller")]
    pub(in crate::breaker) fn count(
        &self,
        settings: &CurrentSettings,
        generation: u64,
        outcome: Outcome,
        hint: u64,
        began: Option<u64>,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        if outcome == Outcome::Ignored {
            return None;
        }
        let built = settings.built();
        let mut ended_at = None;
        let slow = began
            .filter(|_| built.has_slow_call())
            .is_some_and(|began| built.is_slow(ended_at.insert(now()).saturating_sub(began)));
        let sample = Sample { failed: outcome == Outcome::Failure, slow };
        // Without a window, and while half-open, a slow call is a failure.
        let outcome = if sample.is_bad() { Outcome::Failure } else { Outcome::Success };
        let mut state = self.load();
        loop {
            if state.generation() != generation {
                return None;
            }
            let next = state.after(outcome, settings)?;
            if next.generation() == generation {
                if outcome == Outcome::Failure && self.used_at.is_some() {
                    self.note_use(ended_at.unwrap_or_else(&now));
                }
                match self.exchange(state, next) {
                    Ok(()) => return None,
                    Err(found) => state = found,
                }
                continue;
            }
            let Some(at) = ended_at else {
                // The clock must be read before the state is loaded.
                ended_at = Some(now());
                state = self.load();
                continue;
            };
            let changed = if next.circuit() == CircuitState::Open {
                self.open(state, next, hint, at)
            } else {
                self.exchange(state, next).map(|()| self.changed(state, next, at))
            };
            match changed {
                Ok(transition) => {
                    return Some(Transition { counted: counted_with(sample, state), ..transition });
                }
                Err(found) => state = found,
            }
        }
    }
}

/// Returns the counts of a state together with the sample that ends its generation.
fn counted_with(sample: Sample, state: State) -> Tally {
    let calls = u64::from(state.count()) + 1;
    match state.circuit() {
        // Failures in a row include slow calls.
        CircuitState::Closed => Tally { calls, failures: calls, slow: 0 },
        _ => Tally { calls, failures: sample.failed.into(), slow: sample.slow.into() },
    }
}
