//! Calls through a breaker: admission and outcome, with clock and events.

use std::future::Future;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::CircuitBreaker;
use super::admission::{Admission, Rejection, Request, Transition};
use super::permit::{Admitted, Permit, Rejected};
use super::settings::Outcome;
use super::window::Tally;
use crate::circuit_state::CircuitState;
use crate::clock::saturating_nanos;
use crate::config::Mode;
use crate::failure::{CircuitOpen, FailureKind, Retryable, wait_of};
use crate::observe::{self, Event, LogLevel, NotListed};
use crate::{clock, timeout};

impl CircuitBreaker {
    /// Runs `f` if the breaker admits the call, and records the outcome.
    ///
    /// A call that is dropped before it ends counts like a dropped [`Permit`].
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`], converted to `E`, if the breaker rejects the call. Otherwise the error of
    /// the call, unchanged.
    pub async fn call<T, E, F, Fut>(&self, f: F) -> Result<T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Retryable + From<CircuitOpen>,
    {
        let admitted = match self.admit() {
            Ok(admitted) => admitted,
            Err(rejected) => return Err(CircuitOpen::from(rejected).into()),
        };
        // Moved and rebuilt for the reason given at `Admitted::success_with`.
        match f().await {
            Ok(value) => {
                admitted.success();
                Ok(value)
            }
            Err(error) => {
                admitted.record(error.failure_kind(), || wait_of(&error));
                Err(error)
            }
        }
    }

    /// Acquires the permission to make one call. Report the outcome to the [`Permit`].
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the breaker rejects the call.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, CircuitOpen> {
        match self.admit() {
            Ok(admitted) => Ok(Permit::borrowed(admitted)),
            Err(rejected) => Err(rejected.into()),
        }
    }

    /// Acquires a permit that keeps its breaker alive and can be moved into a task.
    ///
    /// Otherwise the same as [`try_acquire`](Self::try_acquire).
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] if the breaker rejects the call.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<Permit<'static>, CircuitOpen> {
        let admitted = self.admit()?;
        Ok(Permit::owned(self, admitted))
    }

    /// Returns whether the breaker admits a call now.
    ///
    /// Report the outcome with [`record_success`](Self::record_success) or
    /// [`record_failure`](Self::record_failure). While half-open this takes a slot, which the next
    /// `record_…` gives back. Without one, the slot is free again after `probe_timeout`.
    ///
    /// Prefer [`try_acquire`](Self::try_acquire). A permit gives its slot back however the call
    /// ends, and its outcome never counts for a later state.
    #[must_use]
    pub fn should_allow_request(&self) -> bool {
        self.ask(true).is_ok()
    }

    /// Records the success of a call that [`should_allow_request`](Self::should_allow_request)
    /// admitted.
    ///
    /// It counts for the current state, and is ignored while the breaker is open.
    pub fn record_success(&self) {
        self.announce(self.core.record(&self.settings, Outcome::Success, clock::nanos));
    }

    /// Records the failure of a call that [`should_allow_request`](Self::should_allow_request)
    /// admitted.
    ///
    /// It counts for the current state, and is ignored while the breaker is open.
    pub fn record_failure(&self) {
        self.announce(self.core.record(&self.settings, Outcome::Failure, clock::nanos));
    }

    /// Admits a call or rejects it. The fast path of a closed, healthy breaker is one load.
    #[inline]
    pub(crate) fn admit(&self) -> Result<Admitted<'_>, Rejected<'_>> {
        let state = self.core.load_relaxed();
        if !timeout::attempt_is_timed() && state.admits_at_once() {
            return Ok(Admitted::new(self, Admission { state, at: 0 }));
        }
        self.answer(self.ask(false))
    }

    /// [`admit`](Self::admit) for a breaker in a `static`, which is passed to `list` on the first
    /// call.
    #[inline]
    pub(crate) fn admit_static(
        &'static self,
        list: fn(&'static Self) -> Result<(), NotListed>,
    ) -> Result<Admitted<'static>, Rejected<'static>> {
        let state = self.core.load_relaxed();
        if !timeout::attempt_is_timed() && state.admits_listed_at_once() {
            return Ok(Admitted::new(self, Admission { state, at: 0 }));
        }
        if state.unlisted() {
            self.list_once(list);
        }
        self.answer(self.ask(false))
    }

    #[cold]
    #[inline(never)]
    fn list_once(&'static self, list: fn(&'static Self) -> Result<(), NotListed>) {
        if self.take_unlisted() {
            // Reported by an event, because the call cannot return this error.
            let _ = list(self);
        }
    }

    #[inline]
    fn answer(&self, asked: Result<Admission, Rejection>) -> Result<Admitted<'_>, Rejected<'_>> {
        match asked {
            Ok(admission) => Ok(Admitted::new(self, admission)),
            Err(rejection) => Err(Rejected::new(self, rejection.retry_in)),
        }
    }

    /// Returns whether the caller is the first, and so has to list the breaker.
    pub(crate) fn take_unlisted(&self) -> bool {
        self.core.take_unlisted()
    }

    /// Requests admission in any state and mode.
    #[cold]
    #[inline(never)]
    fn ask(&self, manual: bool) -> Result<Admission, Rejection> {
        let request = Request { manual, timed: timeout::attempt_is_timed() };
        let announce = |transition| self.announce(Some(transition));
        let asked = self.core.admit(&self.settings, request, clock::nanos, announce);
        let Err(rejection) = asked else { return asked };
        let retry_in = || rejection.retry_in.map(|nanos| Duration::from_nanos(nanos.get()));
        if rejection.state.mode() == Mode::Observe {
            let event = Event::WouldReject { breaker: self.name(), retry_in: retry_in() };
            observe::emit(LogLevel::Info, &event);
            return Ok(Admission::uncounted(rejection.state));
        }
        self.rejection_counter.count(|| self.name(), rejection.at);
        observe::emit_uncounted(LogLevel::Debug, || Event::Rejected {
            breaker: self.name(),
            retry_in: retry_in(),
        });
        Err(rejection)
    }

    #[inline]
    pub(super) fn succeeded(&self, admission: Admission) {
        if !self.core.succeed_at_once(&admission) {
            self.succeeded_by_clock(admission);
        }
    }

    #[inline(never)]
    fn succeeded_by_clock(&self, admission: Admission) {
        if !self.core.succeed_by_clock(&self.settings, &admission, clock::nanos) {
            self.settle(admission, Outcome::Success, 0);
        }
    }

    /// Counts a failure regardless of `trip_on`. The hint is in nanoseconds, or 0.
    pub(super) fn failed(&self, admission: Admission, hint: u64) {
        if !self.core.fail_at_once(&self.settings, &admission) {
            self.settle(admission, Outcome::Failure, hint);
        }
    }

    /// Counts a failure of this kind according to the settings.
    #[cold]
    pub(super) fn failed_by(&self, admission: Admission, kind: FailureKind, hint: u64) {
        match self.settings.built().outcome(kind) {
            Outcome::Failure => self.failed(admission, hint),
            other => self.settle(admission, other, 0),
        }
    }

    /// Returns the hint of an error in nanoseconds, or 0. Evaluates the hint only if the breaker
    /// respects it.
    #[inline]
    pub(super) fn respected(&self, hint: impl FnOnce() -> Option<Duration>) -> u64 {
        if self.settings.longest_hint() == 0 { 0 } else { hint().map_or(0, saturating_nanos) }
    }

    /// Counts a call that was dropped without an outcome.
    #[cold]
    #[inline(never)]
    pub(super) fn dropped(&self, admission: Admission) {
        let settings = self.settings.built();
        let held_for = |limit| {
            let held = || Duration::from_nanos(clock::nanos().saturating_sub(admission.at));
            admission.at != 0 && held() >= limit
        };
        // An attempt that is dropped soon after its permit was acquired spent its time elsewhere.
        let hung = timeout::expired_attempt().is_some_and(|attempt| {
            settings.trip_on.contains(FailureKind::Timeout)
                && admission.at >= attempt.began
                && held_for(attempt.limit / 2)
        });
        let failed = thread::panicking() || hung || settings.abandoned_after.is_some_and(held_for);
        self.settle(admission, if failed { Outcome::Failure } else { Outcome::Ignored }, 0);
    }

    #[inline(never)]
    fn settle(&self, admission: Admission, outcome: Outcome, hint: u64) {
        self.announce(self.core.settle(&self.settings, admission, outcome, hint, clock::nanos));
    }

    /// Emits a transition, if there is one, and wakes the agent.
    pub(super) fn announce(&self, transition: Option<Transition>) {
        if let Some(transition) = transition {
            self.announce_change(transition);
        }
    }

    #[cold]
    #[inline(never)]
    fn announce_change(&self, transition: Transition) {
        self.emit_change(transition);
        #[cfg(feature = "fleet")]
        self.core.wake_agent();
    }

    /// Emits a transition without waking the agent.
    pub(super) fn emit_change(&self, Transition { from, to, counted }: Transition) {
        let Tally { calls, failures, slow: slow_calls } = counted;
        let breaker = self.name();
        let level = if to == CircuitState::Open { LogLevel::Warn } else { LogLevel::Info };
        observe::emit(level, &Event::Transition { breaker, from, to, calls, failures, slow_calls });
        #[cfg(feature = "metrics")]
        observe::metrics::show_state(breaker, || self.state());
    }
}
