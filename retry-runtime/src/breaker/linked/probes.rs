//! Probes while coordinated: each needs a lease, and each outcome is passed to the agent.

use super::leases::{Probe, ProbeOutcome};
use super::link::Link;
use crate::breaker::admission::{Admission, Rejection, Request, Transition};
use crate::breaker::core::{Core, claim};
use crate::breaker::settings::{CurrentSettings, Outcome};
use crate::breaker::state::State;
use crate::circuit_state::CircuitState;
use crate::sync::Ordering;

impl Core {
    /// Answers a call past the open phase. While coordinated, the call needs a lease. Otherwise the
    /// breaker becomes half-open first. Returns `None` if the state must be loaded again.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn admit_past_open(
        &self,
        state: State,
        settings: &CurrentSettings,
        request: Request,
        now: u64,
        announce: impl Fn(Transition),
    ) -> Option<Result<Admission, Rejection>> {
        if let Some(link) = self.guarding(now) {
            return self.admit_leased(link, state, settings, request, now, announce);
        }
        // If this fails, another thread was faster.
        if let Ok(transition) = self.begin_episode(state, settings, now) {
            announce(transition);
        }
        None
    }

    /// Answers a call while half-open. While coordinated, the call needs a lease, otherwise a slot.
    /// Returns `None` if the state must be loaded again.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn admit_half_open(
        &self,
        state: State,
        settings: &CurrentSettings,
        request: Request,
        now: u64,
        announce: impl Fn(Transition),
    ) -> Option<Result<Admission, Rejection>> {
        match self.guarding(now) {
            Some(link) => self.admit_leased(link, state, settings, request, now, announce),
            None => self.admit_probe(state, settings, request, now),
        }
    }

    /// Returns the link if a call past the open phase needs a lease.
    fn guarding(&self, now: u64) -> Option<&Link> {
        self.link.get().map(|link| &**link).filter(|link| link.is_guarded(now))
    }

    /// Admits a call if there is a lease. The breaker is half-open, or open past its open phase.
    /// Returns `None` if something has changed meanwhile.
    ///
    /// The lock is held during the change of the state, so that two calls with two leases are
    /// probes of one episode.
    fn admit_leased(
        &self,
        link: &Link,
        state: State,
        settings: &CurrentSettings,
        request: Request,
        now: u64,
        announce: impl Fn(Transition),
    ) -> Option<Result<Admission, Rejection>> {
        let mut shared = link.lock();
        if !link.is_guarded(now) {
            return None;
        }
        let epoch = shared.open_epoch()?;
        if self.load() != state {
            return None;
        }
        let Some(lease) = shared.leases.take(now) else {
            drop(shared);
            self.note_rejection(state);
            want_lease(link);
            return Some(Err(Rejection { state, at: now, retry_in: None }));
        };
        let (state, transition) = if state.circuit() == CircuitState::HalfOpen {
            (state, None)
        } else if let Ok(transition) = self.begin_episode(state, settings, now) {
            (state.enter(CircuitState::HalfOpen, false), Some(transition))
        } else {
            shared.leases.put_back(lease);
            return None;
        };
        let generation = state.generation();
        shared.episode = Some((generation, epoch));
        shared.leases.claim(lease, Probe { generation, at: now, manual: request.manual });
        drop(shared);
        if let Some(transition) = transition {
            announce(transition);
        }
        link.wake();
        Some(Ok(Admission { state, at: now }))
    }

    /// Counts the outcome of a call that a tied breaker admitted while half-open, and ends its
    /// lease or gives back its slot.
    ///
    /// The outcome is counted first, as in `settle`. Otherwise another call could be admitted
    /// before a failure is counted.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn settle_probe(
        &self,
        link: &Link,
        settings: &CurrentSettings,
        admission: Admission,
        outcome: Outcome,
        hint: u64,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        let Admission { state, at } = admission;
        let generation = state.generation();
        let began = (at != 0).then_some(at);
        let judged = judged(settings, outcome, began, &now);
        let transition = if judged == Outcome::Success && link.is_guarded(now()) {
            self.count_without_closing(settings, generation);
            None
        } else {
            self.count(settings, generation, outcome, hint, began, now)
        };
        let probe = Probe { generation, at, manual: false };
        let has_ended = link.lock().leases.end(probe, probe_outcome(judged));
        if has_ended {
            link.wake();
        } else {
            self.release_slot(settings, admission);
        }
        transition
    }

    /// Counts an outcome without a permit while half-open. Ends the oldest lease that no permit
    /// holds, or gives back the oldest such slot.
    #[cold]
    #[inline(never)]
    pub(in crate::breaker) fn record_probe(
        &self,
        settings: &CurrentSettings,
        state: State,
        outcome: Outcome,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        let generation = state.generation();
        let transition = if outcome == Outcome::Success && self.guarding(now()).is_some() {
            self.count_without_closing(settings, generation);
            None
        } else {
            self.count(settings, generation, outcome, 0, None, &now)
        };
        let now = now();
        let since = now.saturating_sub(settings.probe_timeout());
        let link = self.link.get().filter(|link| {
            link.lock().leases.end_manual(generation, since, probe_outcome(outcome))
        });
        if let Some(link) = link {
            link.wake();
        } else {
            self.slots.release_manual(claim(state, settings, Request::default(), now));
        }
        transition
    }

    /// Counts a success, but stays below the threshold. Local rules may continue from that count.
    fn count_without_closing(&self, settings: &CurrentSettings, generation: u64) {
        let mut state = self.load();
        while state.generation() == generation
            && state.counts()
            && state.count() + 1 < settings.success_threshold()
        {
            match self.exchange(state, state.with_count(state.count() + 1)) {
                Ok(()) => return,
                Err(found) => state = found,
            }
        }
    }

    /// Returns whether the admission has a lease, which its stream keeps until its outcome.
    #[cfg(feature = "stream")]
    pub(in crate::breaker) fn has_lease(&self, Admission { state, at }: Admission) -> bool {
        let probe = Probe { generation: state.generation(), at, manual: false };
        state.circuit() == CircuitState::HalfOpen
            && self.link.get().is_some_and(|link| link.lock().leases.has(probe))
    }

    /// Makes the lease of an admission findable by time 0, to which the admission's time is set.
    #[cfg(feature = "stream")]
    pub(in crate::breaker) fn forget_begin(&self, Admission { state, at }: Admission) {
        if let Some(link) = self.link.get() {
            let probe = Probe { generation: state.generation(), at, manual: false };
            link.lock().leases.rename(probe, Probe { at: 0, ..probe });
        }
    }

    /// Returns whether a leased probe is under way that has not reached `probe_timeout`.
    pub(in crate::breaker) fn has_leased_probe(
        &self,
        settings: &CurrentSettings,
        now: u64,
    ) -> bool {
        let since = now.saturating_sub(settings.probe_timeout());
        self.link.get().is_some_and(|link| link.lock().leases.any_claimed_since(since))
    }
}

/// Notes that a call needs a lease, and wakes the agent for the first one.
fn want_lease(link: &Link) {
    if !link.wants_lease.swap(true, Ordering::Relaxed) {
        link.wake();
    }
}

/// Returns the outcome of a probe. A slow call is a failure.
fn judged(
    settings: &CurrentSettings,
    outcome: Outcome,
    began: Option<u64>,
    now: impl Fn() -> u64,
) -> Outcome {
    let built = settings.built();
    let is_slow = |began| built.has_slow_call() && built.is_slow(now().saturating_sub(began));
    if outcome == Outcome::Success && began.is_some_and(is_slow) {
        Outcome::Failure
    } else {
        outcome
    }
}

fn probe_outcome(outcome: Outcome) -> ProbeOutcome {
    match outcome {
        Outcome::Success => ProbeOutcome::Success,
        Outcome::Failure => ProbeOutcome::Failure,
        Outcome::Ignored => ProbeOutcome::Neutral,
    }
}
