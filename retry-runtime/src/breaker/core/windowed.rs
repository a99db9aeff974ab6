//! Outcomes while a breaker with a window is closed, and successes that read the clock.

use super::Core;
use crate::breaker::admission::{Admission, Transition};
use crate::breaker::settings::{CurrentSettings, Outcome};
use crate::breaker::window::{Extent, Sample, Tally};

impl Core {
    /// Records a success that depends on the clock: in a window of time, or of a call that may be
    /// slow. Returns `false`, with nothing recorded, if the breaker is not healthy, the call was
    /// slow or no clock is needed.
    ///
    /// As in [`succeed_at_once`](Self::succeed_at_once), the state may change after the load.
    #[inline]
    pub(in crate::breaker) fn succeed_by_clock(
        &self,
        settings: &CurrentSettings,
        admission: &Admission,
        now: impl Fn() -> u64,
    ) -> bool {
        let Admission { state, at: began } = *admission;
        if !state.is_healthy() || self.load_relaxed() != state {
            return false;
        }
        let built = settings.built();
        // Returns when the call ended, or `None` if it was slow.
        let ended = || {
            let ended = now();
            let slow = began != 0 && built.is_slow(ended.saturating_sub(began));
            (!slow).then_some(ended)
        };
        match built.extent() {
            Some(Extent::Time { slice }) => {
                let Some(ended) = ended() else { return false };
                if !self.history.record_good_at(slice, state.generation(), ended) {
                    self.record_good_further(settings, state.generation(), ended);
                }
            }
            extent if began != 0 && built.has_slow_call() => {
                let Some(ended) = ended() else { return false };
                if extent.is_some() && !self.history.record_good_call(state.tag(), true) {
                    self.record_good_further(settings, state.generation(), ended);
                }
            }
            _ => return false,
        }
        true
    }

    /// Records a good call that did not enter the window in one step.
    #[cold]
    #[inline(never)]
    fn record_good_further(&self, settings: &CurrentSettings, generation: u64, ended: u64) {
        let Some(view) = settings.built().view(generation) else { return };
        let good = Sample { failed: false, slow: false };
        let is_current = || self.load().generation() == generation;
        self.history.record(view, good, ended, is_current, |_| false);
    }

    /// Returns whether the outcome of a call counts in a window.
    ///
    /// If an admission counts and this returns `false`, the breaker has no window, or is not closed
    /// in the admission's generation and never will be.
    pub(super) fn counts_in_window(
        &self,
        settings: &CurrentSettings,
        admission: &Admission,
    ) -> bool {
        settings.built().has_window()
            && admission.state.counts()
            && self.load().is_closed_in(admission.state.generation())
    }

    /// Counts an outcome in the window. Does nothing if the breaker is forced or off. No slot is
    /// given back, because no call holds one while the breaker is closed.
    #[inline]
    pub(super) fn count_in_window(
        &self,
        settings: &CurrentSettings,
        admission: Admission,
        outcome: Outcome,
        hint: u64,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        if outcome == Outcome::Ignored || !self.load().counts() {
            return None;
        }
        let built = settings.built();
        let (generation, began) = (admission.state.generation(), admission.at);
        let may_be_slow = began != 0 && built.has_slow_call();
        let failed = outcome == Outcome::Failure;
        let notes_use = self.used_at.is_some();
        let reads_clock = may_be_slow || failed && notes_use || built.has_window_of_time();
        let ended = reads_clock.then(&now);
        let slow =
            may_be_slow && ended.is_some_and(|ended| built.is_slow(ended.saturating_sub(began)));
        let sample = Sample { failed, slow };
        let view = built.view(generation)?;
        let is_current = move || self.load().generation() == generation;
        let opens = |tally: &Tally| settings.opens_at(tally);
        // Used only by a window of time and by the note of a use.
        let at = ended.unwrap_or_default();
        if notes_use && sample.is_bad() {
            self.note_use(at);
        }
        let tally = self.history.record(view, sample, at, is_current, opens)?;
        // The clock must be read before the state is loaded: see `count`.
        self.open_by_window(settings, generation, tally, hint, ended.unwrap_or_else(now))
    }

    /// Opens the breaker, unless another thread has ended this generation.
    #[cold]
    #[inline(never)]
    fn open_by_window(
        &self,
        settings: &CurrentSettings,
        generation: u64,
        counted: Tally,
        hint: u64,
        at: u64,
    ) -> Option<Transition> {
        loop {
            let state = self.load();
            if state.generation() != generation {
                return None;
            }
            let next = state.after(Outcome::Failure, settings)?;
            if let Ok(transition) = self.open(state, next, hint, at) {
                return Some(Transition { counted, ..transition });
            }
        }
    }
}
