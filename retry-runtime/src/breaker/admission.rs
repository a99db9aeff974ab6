//! From a call to the core and back: the shortest ways through, and clock, events and registry otherwise.

use std::future::Future;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::permit::{Admitted, Permit};
use super::settings::{Settings, Verdict};
use super::ticket::{Attempt, Ticket, Transition};
use super::window::Tally;
use super::{CircuitBreaker, CircuitState};
use crate::config::Mode;
use crate::failure::{CircuitOpen, FailureKind, Retryable};
use crate::observe::{self, Event};
use crate::{clock, registry, timeout};

impl CircuitBreaker {
    /// Runs `f` if the breaker admits the call, and counts how it ends.
    ///
    /// A call that is dropped before it ends is neutral, as a dropped [`Permit`] is.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] in place of the call, as `E` makes it; else the error of the call, unchanged.
    pub async fn call<T, E, F, Fut>(&self, f: F) -> Result<T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Retryable + From<CircuitOpen>,
    {
        let admitted = self.admit()?;
        let result = f().await;
        match &result {
            Ok(_) => admitted.success(),
            Err(error) => admitted.record(error.failure_kind()),
        }
        result
    }

    /// Asks for the right to make one call; the verdict goes to the [`Permit`].
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] where the call must not be made.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, CircuitOpen> {
        self.admit().map(Permit::borrowed)
    }

    /// [`try_acquire`](Self::try_acquire) for a permit that keeps its breaker alive, to be moved into a task.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] where the call must not be made.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<Permit<'static>, CircuitOpen> {
        self.admit().map(|admitted| Permit::owned(self, admitted))
    }

    /// Whether a call may be made now, for code that reports by [`record_success`](Self::record_success)
    /// and [`record_failure`](Self::record_failure).
    ///
    /// While half-open this takes a slot, which the next `record_…` gives back. Prefer
    /// [`try_acquire`](Self::try_acquire): a permit gives its slot back however the call ends, and its verdict
    /// cannot be mistaken for one of a later state.
    #[must_use]
    pub fn should_allow_request(&self) -> bool {
        self.core.glance().admits_at_once() || self.ask(true).is_ok()
    }

    /// A call succeeded that [`should_allow_request`](Self::should_allow_request) allowed.
    ///
    /// Counts for the state that the breaker is in now; while open it is dropped.
    pub fn record_success(&self) {
        if !self.core.glance().has_nothing_to_forget() {
            self.announce(self.core.record(self.settings(), Verdict::Success, clock::nanos));
        }
    }

    /// A call failed that [`should_allow_request`](Self::should_allow_request) allowed.
    ///
    /// Counts for the state that the breaker is in now; while open it is dropped.
    pub fn record_failure(&self) {
        self.announce(self.core.record(self.settings(), Verdict::Failure, clock::nanos));
    }

    /// Rejects every call, until [`reset`](Self::reset) or [`force_closed`](Self::force_closed).
    pub fn force_open(&self) {
        self.announce(self.core.force(CircuitState::Open, true, clock::nanos()));
    }

    /// Admits every call and counts none, until [`reset`](Self::reset) or [`force_open`](Self::force_open).
    pub fn force_closed(&self) {
        self.announce(self.core.force(CircuitState::Closed, true, clock::nanos()));
    }

    /// Closes it, with nothing counted, and lets it decide by itself again.
    ///
    /// The verdicts of calls that are under way are dropped. The mode stays.
    pub fn reset(&self) {
        self.announce(self.core.force(CircuitState::Closed, false, clock::nanos()));
    }

    /// Opens it now, as a failure does that reaches the threshold: after `recovery_timeout` it lets probes through.
    ///
    /// For an operator, or a health check, who knows that the dependency is down. It ends a forced state; where it
    /// is open already the time begins anew.
    pub fn trip(&self) {
        self.announce(self.core.trip(clock::nanos()));
    }

    /// Lets probes through now, whatever is left of `recovery_timeout`.
    ///
    /// For an operator who knows that the dependency is back, and wants it proved. It ends a forced state; where it
    /// is half-open already nothing changes.
    pub fn half_open(&self) {
        self.announce(self.core.half_open(self.settings(), clock::nanos()));
    }

    /// Makes it enforce, observe, or do nothing, from the next call on. State and counts stay.
    ///
    /// [`Mode::Observe`] evaluates as `Enforce` does, but reports what it would reject
    /// ([`Event::WouldReject`]) and admits it with a permit whose verdict is ignored. [`Mode::Off`] admits
    /// everything, and ignores all verdicts.
    pub fn set_mode(&self, mode: Mode) {
        self.core.set_mode(mode);
    }

    /// Admission. Closed and healthy it is one load.
    #[inline]
    pub(crate) fn admit(&self) -> Result<Admitted<'_>, CircuitOpen> {
        let word = self.core.glance();
        if word.admits_at_once() {
            Ok(Admitted::new(self, Ticket::plain(word)))
        } else {
            self.admit_after_all()
        }
    }

    /// [`admit`](Self::admit) for a breaker in a `static`, which is listed in the registry the first time.
    #[inline]
    pub(crate) fn admit_static(&'static self) -> Result<Admitted<'static>, CircuitOpen> {
        let word = self.core.glance();
        if word.admits_at_once() && !word.unlisted() {
            Ok(Admitted::new(self, Ticket::plain(word)))
        } else {
            self.list_and_admit()
        }
    }

    #[cold]
    #[inline(never)]
    fn list_and_admit(&'static self) -> Result<Admitted<'static>, CircuitOpen> {
        if self.take_unlisted() {
            registry::list_static(self);
        }
        self.admit_after_all()
    }

    #[cold]
    #[inline(never)]
    fn admit_after_all(&self) -> Result<Admitted<'_>, CircuitOpen> {
        self.ask(false).map(|ticket| Admitted::new(self, ticket))
    }

    /// Whether the caller is the one who has to tell the registry.
    pub(crate) fn take_unlisted(&self) -> bool {
        self.core.take_unlisted()
    }

    fn ask(&self, manual: bool) -> Result<Ticket, CircuitOpen> {
        loop {
            match self.core.attempt(self.settings(), manual, clock::nanos) {
                Attempt::Admitted(ticket) => return Ok(ticket),
                Attempt::Rejected(word, retry_in) => {
                    let breaker = self.name();
                    if word.mode() == Mode::Observe {
                        observe::emit(|| Event::WouldReject { breaker, retry_in });
                        return Ok(Ticket::neutral(word));
                    }
                    observe::emit(|| Event::Rejected { breaker, retry_in });
                    return Err(CircuitOpen::new(self.name.clone(), retry_in));
                }
                Attempt::Changed(transition) => self.announce(Some(transition)),
            }
        }
    }

    /// A verdict of success. Closed and healthy it is one load.
    #[inline]
    pub(super) fn succeeded(&self, ticket: Ticket) {
        // The same word as at the admission, and nothing in it for a success to change.
        if self.core.glance() != ticket.word || !ticket.word.has_nothing_to_forget() {
            self.settle_success(ticket);
        }
    }

    /// Not cold: with a window every good call comes by.
    #[inline(never)]
    fn settle_success(&self, ticket: Ticket) {
        self.announce(self.core.settle(self.settings(), ticket, Verdict::Success, clock::nanos));
    }

    #[cold]
    #[inline(never)]
    pub(super) fn settle(&self, ticket: Ticket, verdict: Verdict) {
        self.announce(self.core.settle(self.settings(), ticket, verdict, clock::nanos));
    }

    /// A permit was dropped without a verdict.
    #[cold]
    #[inline(never)]
    pub(super) fn abandoned(&self, ticket: Ticket) {
        let settings = self.settings();
        let failed = thread::panicking()
            || (timeout::dropping_attempt() && settings.trips_on(FailureKind::Timeout))
            || settings.abandoned_after().is_some_and(|limit| {
                Duration::from_nanos(clock::nanos().saturating_sub(ticket.at)) >= limit
            });
        self.settle(ticket, if failed { Verdict::Failure } else { Verdict::Neutral });
    }

    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    fn announce(&self, transition: Option<Transition>) {
        if let Some(Transition { from, to, counted }) = transition {
            let Tally { calls, failures, slow: slow_calls } = counted;
            let breaker = self.name();
            observe::emit(|| Event::Transition { breaker, from, to, calls, failures, slow_calls });
        }
    }
}
