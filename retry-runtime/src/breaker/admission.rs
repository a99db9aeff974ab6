//! From a call to the core and back: the shortest ways through, and clock and events otherwise.

use std::future::Future;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::permit::{Admitted, Permit, Rejected};
use super::settings::{Live, Verdict};
use super::slots::Packed;
use super::state::Word;
use super::ticket::{Attempt, Ticket, Transition};
use super::window::Tally;
use super::{CircuitBreaker, CircuitState};
use crate::config::Mode;
use crate::failure::{CircuitOpen, FailureKind, Retryable};
use crate::observe::{self, Event};
use crate::{clock, timeout};

/// The ticket, or the nanoseconds until a probe is let through, where that is known.
type Asked = Result<Ticket, Option<NonZeroU64>>;

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
        let admitted = match self.admit() {
            Ok(admitted) => admitted,
            Err(rejected) => return Err(CircuitOpen::from(rejected).into()),
        };
        // Values move here, as they do where an attribute stands, and for the same reason.
        match f().await {
            Ok(value) => {
                admitted.success();
                Ok(value)
            }
            Err(error) => {
                admitted.record(error.failure_kind());
                Err(error)
            }
        }
    }

    /// Asks for the right to make one call; the verdict goes to the [`Permit`].
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] where the call must not be made.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, CircuitOpen> {
        match self.admit() {
            Ok(admitted) => Ok(Permit::borrowed(admitted)),
            Err(rejected) => Err(rejected.into()),
        }
    }

    /// [`try_acquire`](Self::try_acquire) for a permit that keeps its breaker alive, to be moved into a task.
    ///
    /// # Errors
    ///
    /// [`CircuitOpen`] where the call must not be made.
    pub fn try_acquire_owned(self: &Arc<Self>) -> Result<Permit<'static>, CircuitOpen> {
        let admitted = self.admit()?;
        Ok(Permit::owned(self, admitted))
    }

    /// Whether a call may be made now, for code that reports by [`record_success`](Self::record_success)
    /// and [`record_failure`](Self::record_failure).
    ///
    /// While half-open this takes a slot, which the next `record_…` gives back. Prefer
    /// [`try_acquire`](Self::try_acquire): a permit gives its slot back however the call ends, and its verdict
    /// cannot be mistaken for one of a later state.
    #[must_use]
    pub fn should_allow_request(&self) -> bool {
        self.core.glance().admits_at_once() || self.ask_core(true).is_ok()
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
    pub(crate) fn admit(&self) -> Result<Admitted<'_>, Rejected<'_>> {
        let word = self.core.glance();
        if word.admits_at_once() {
            return Ok(Admitted::new(self, Ticket::plain(word)));
        }
        self.admission(self.ask())
    }

    /// [`admit`](Self::admit) for a breaker in a `static`, which is passed to `list` the first time.
    #[inline]
    pub(crate) fn admit_static(
        &'static self,
        list: fn(&'static Self),
    ) -> Result<Admitted<'static>, Rejected<'static>> {
        let word = self.core.glance();
        if word.admits_at_once() && !word.unlisted() {
            return Ok(Admitted::new(self, Ticket::plain(word)));
        }
        self.admission(self.list_and_ask(list))
    }

    /// Put together here, so that the slow way gives its answer in a place of its own, and the short one can keep the
    /// admission in registers.
    #[inline]
    fn admission(&self, asked: Asked) -> Result<Admitted<'_>, Rejected<'_>> {
        match asked {
            Ok(ticket) => Ok(Admitted::new(self, ticket)),
            Err(left) => Err(Rejected::new(self, left)),
        }
    }

    #[cold]
    #[inline(never)]
    fn list_and_ask(&'static self, list: fn(&'static Self)) -> Asked {
        self.reject_at_once(true)?;
        if self.core.glance().unlisted() && self.take_unlisted() {
            list(self);
        }
        self.ask_core(false)
    }

    /// Returns whether the caller is the first, who has to list the breaker.
    pub(crate) fn take_unlisted(&self) -> bool {
        self.core.take_unlisted()
    }

    #[cold]
    #[inline(never)]
    fn ask(&self) -> Asked {
        self.reject_at_once(false)?;
        self.ask_core(false)
    }

    /// What most calls hear of a breaker that is open, where there is nobody to tell.
    #[inline]
    fn reject_at_once(&self, unlisted: bool) -> Result<(), Option<NonZeroU64>> {
        if !observe::nobody_can_listen() {
            return Ok(());
        }
        match self.core.too_early(self.settings(), unlisted, clock::nanos) {
            None => Ok(()),
            left => Err(left),
        }
    }

    /// `manual` where no permit will hold the slot.
    #[inline(never)]
    fn ask_core(&self, manual: bool) -> Asked {
        loop {
            match self.core.attempt(self.settings(), manual, clock::nanos) {
                Attempt::Admitted(ticket) => return Ok(ticket),
                Attempt::Rejected(word, left) => {
                    let breaker = self.name();
                    let retry_in = left.map(|nanos| Duration::from_nanos(nanos.get()));
                    if word.mode() == Mode::Observe {
                        observe::emit(|| Event::WouldReject { breaker, retry_in });
                        return Ok(Ticket::neutral(word));
                    }
                    observe::emit(|| Event::Rejected { breaker, retry_in });
                    return Err(left);
                }
                Attempt::Changed(transition) => self.announce(Some(transition)),
            }
        }
    }

    #[inline]
    pub(super) fn succeeded(&self, ticket: Ticket) {
        self.core.succeed(ticket, |Ticket { word, at, slot }| self.remember(word, at, slot));
    }

    /// Not cold: with a window of time every good call comes by.
    ///
    /// In pieces, as are those below: a ticket handed over whole would have to lie in memory.
    #[inline(never)]
    fn remember(&self, word: Word, at: u64, slot: Packed) {
        self.core.remember(
            self.settings(),
            Ticket { word, at, slot },
            clock::nanos,
            |Ticket { word, .. }, now| self.enter(word, now),
            |Ticket { word, at, slot }| self.settle(word, at, slot, Verdict::Success),
        );
    }

    #[inline(never)]
    fn enter(&self, word: Word, now: u64) {
        self.core.enter(self.settings(), Ticket::plain(word), now);
    }

    /// A call that failed in this way.
    #[inline]
    pub(super) fn failed_by(&self, ticket: Ticket, kind: FailureKind) {
        self.settle_kind(ticket.word, ticket.at, ticket.slot, kind);
    }

    /// A call that failed, and counts.
    #[inline]
    pub(super) fn failed(&self, ticket: Ticket) {
        self.settle_failure(ticket.word, ticket.at, ticket.slot);
    }

    #[cold]
    #[inline(never)]
    fn settle_kind(&self, word: Word, at: u64, slot: Packed, kind: FailureKind) {
        match self.settings().verdict(kind) {
            Verdict::Failure => self.count_failure(word, at, slot),
            verdict => self.settle(word, at, slot, verdict),
        }
    }

    #[cold]
    #[inline(never)]
    fn settle_failure(&self, word: Word, at: u64, slot: Packed) {
        self.count_failure(word, at, slot);
    }

    #[inline]
    fn count_failure(&self, word: Word, at: u64, slot: Packed) {
        let ticket = Ticket { word, at, slot };
        self.core.fail(self.settings(), ticket, |Ticket { word, at, slot }| {
            self.settle(word, at, slot, Verdict::Failure);
        });
    }

    #[cold]
    #[inline(never)]
    fn settle(&self, word: Word, at: u64, slot: Packed, verdict: Verdict) {
        let ticket = Ticket { word, at, slot };
        self.announce(self.core.settle(self.settings(), ticket, verdict, clock::nanos));
    }

    /// A permit was dropped without a verdict.
    #[inline]
    pub(super) fn dropped(&self, ticket: Ticket) {
        self.abandoned(ticket.word, ticket.at, ticket.slot);
    }

    #[cold]
    #[inline(never)]
    fn abandoned(&self, word: Word, at: u64, slot: Packed) {
        let settings = self.settings();
        let failed = thread::panicking()
            || (timeout::dropping_attempt() && settings.trips_on(FailureKind::Timeout))
            || settings.abandoned_after().is_some_and(|limit| {
                Duration::from_nanos(clock::nanos().saturating_sub(at)) >= limit
            });
        self.settle(word, at, slot, if failed { Verdict::Failure } else { Verdict::Neutral });
    }

    pub(super) const fn settings(&self) -> &Live {
        &self.settings
    }

    fn announce(&self, transition: Option<Transition>) {
        if let Some(Transition { from, to, counted }) = transition {
            let Tally { calls, failures, slow: slow_calls } = counted;
            let breaker = self.name();
            observe::emit(|| Event::Transition { breaker, from, to, calls, failures, slow_calls });
            #[cfg(feature = "metrics")]
            observe::metrics::show_state(breaker, || self.state());
        }
    }
}
