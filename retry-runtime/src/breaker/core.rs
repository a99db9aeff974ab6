//! The atomics of a breaker, and admission. `settle` handles the outcomes of calls.
//!
//! Nothing here reads a clock, emits an event or knows a name. The time is a closure that is called
//! only where it matters, and changes are returned as values.
//!
//! # Orderings
//!
//! Unless a comment says otherwise, the state is loaded with acquire. One acquire-release
//! compare-exchange changes it, which also publishes `opened_at`. The exchange starts from the
//! state that was evaluated, so only the thread that wins it makes the transition.

mod loss;
mod settle;
mod windowed;

use std::num::NonZeroU64;
#[cfg(feature = "fleet")]
use std::sync::OnceLock;

use super::admission::{Admission, Rejection, Request, Transition};
#[cfg(feature = "fleet")]
use super::linked::Link;
use super::settings::{CurrentSettings, Settings};
use super::slots::{Claim, Slots};
#[cfg(not(feature = "fleet"))]
use super::state::generations_between;
use super::state::{State, UNLISTED};
use super::window::{History, Tally};
use crate::circuit_state::CircuitState;
use crate::config::Mode;
use crate::sync::{AtomicU64, Ordering};

/// The width of a hint, in bits: enough for a year of nanoseconds.
const HINT_BITS: u32 = 55;
const LONGEST_HINT: u64 = (1 << HINT_BITS) - 1;

pub(super) struct Core {
    state: AtomicU64,
    /// The time of the last opening because of an outcome or a `trip`. Never goes back; see
    /// [`Core::count`].
    opened_at: AtomicU64,
    /// The generation in which it last opened other than by a failed probe. Never goes back: two
    /// threads that trip one generation write the same value, and a late one finds a greater value.
    pub(super) tripped: AtomicU64,
    /// The hint of the error that opened the breaker; see [`Core::keep_hint`].
    hint: AtomicU64,
    /// The time of the last change of the circuit state, 0 if there was none. For reports only.
    changed_at: AtomicU64,
    /// The time of the last use with failures counted. Only sets of keyed breakers need it.
    /// Other breakers have none and do not read the clock for it.
    used_at: Option<AtomicU64>,
    pub(super) slots: Slots,
    pub(super) history: History,
    /// The link to the agent of a fleet. The module `linked` describes where it is read.
    #[cfg(feature = "fleet")]
    pub(super) link: OnceLock<Box<Link>>,
}

impl Core {
    pub(super) const fn new(settings: &Settings) -> Self {
        Self {
            state: AtomicU64::new(State::initial(settings).bits()),
            opened_at: AtomicU64::new(0),
            tripped: AtomicU64::new(0),
            hint: AtomicU64::new(0),
            changed_at: AtomicU64::new(0),
            used_at: None,
            slots: Slots::new(),
            history: History::new(settings.extent()),
            #[cfg(feature = "fleet")]
            link: OnceLock::new(),
        }
    }

    pub(super) fn load(&self) -> State {
        State::from_bits(self.state.load(Ordering::Acquire))
    }

    /// Loads the state for the fast paths.
    ///
    /// Relaxed is enough: a fast admission reads nothing else. A fast success changes nothing, or
    /// enters a window under the tag of this generation.
    #[inline]
    pub(super) fn load_relaxed(&self) -> State {
        State::from_bits(self.state.load(Ordering::Relaxed))
    }

    pub(super) fn changed_at(&self) -> u64 {
        self.changed_at.load(Ordering::Relaxed)
    }

    /// Returns whether the caller is the first, and so has to list the breaker in the registry.
    ///
    /// Relaxed: the bit guards nothing, and only one of the threads that clear it finds it set.
    pub(super) fn take_unlisted(&self) -> bool {
        State::from_bits(self.state.fetch_and(!UNLISTED, Ordering::Relaxed)).unlisted()
    }

    /// Admits a call or rejects it. The first call after the open phase half-opens the breaker.
    /// That transition is passed to `announce`.
    #[inline]
    pub(super) fn admit(
        &self,
        settings: &CurrentSettings,
        request: Request,
        now: impl Fn() -> u64 + Copy,
        announce: impl Fn(Transition) + Copy,
    ) -> Result<Admission, Rejection> {
        loop {
            let state = self.load();
            match (state.circuit(), state.forced()) {
                _ if state.mode() == Mode::Off => return Ok(Admission::uncounted(state)),
                (CircuitState::Closed, true) => {
                    #[cfg(feature = "fleet")]
                    if self.ends_force(state, settings, now, announce) {
                        continue;
                    }
                    return Ok(Admission::uncounted(state));
                }
                (CircuitState::Open, true) => {
                    #[cfg(feature = "fleet")]
                    if self.ends_force(state, settings, now, announce) {
                        continue;
                    }
                    return Err(Rejection { state, at: 0, retry_in: None });
                }
                (CircuitState::Closed, false) => {
                    let at = if state.timed() || request.timed { now() } else { 0 };
                    return Ok(Admission { state, at });
                }
                (CircuitState::Open, false) => {
                    let now = now();
                    let left = self.open_until(state, settings).saturating_sub(now);
                    if let Some(left) = NonZeroU64::new(left) {
                        #[cfg(feature = "fleet")]
                        self.note_rejection(state);
                        return Err(Rejection { state, at: now, retry_in: Some(left) });
                    }
                    #[cfg(feature = "fleet")]
                    if let Some(answer) =
                        self.admit_past_open(state, settings, request, now, announce)
                    {
                        return answer;
                    }
                    // If this fails, another thread was faster.
                    #[cfg(not(feature = "fleet"))]
                    if let Ok(transition) = self.begin_episode(state, settings, now) {
                        announce(transition);
                    }
                }
                (CircuitState::HalfOpen, _) => {
                    #[cfg(feature = "fleet")]
                    let answer = self.admit_half_open(state, settings, request, now(), announce);
                    #[cfg(not(feature = "fleet"))]
                    let answer = self.admit_probe(state, settings, request, now());
                    if let Some(answer) = answer {
                        return answer;
                    }
                }
            }
        }
    }

    /// Returns when the open phase of this state ends.
    #[inline]
    pub(super) fn open_until(&self, state: State, settings: &CurrentSettings) -> u64 {
        // Relaxed: the acquire load of `state` made the writes of its trip visible. A later trip
        // may be visible too. The state is then out of date, and the compare-exchange fails, or the
        // call is rejected by a breaker that is about to open again anyway.
        let failed_recoveries = || {
            let tripped = self.tripped.load(Ordering::Relaxed);
            self.failed_recoveries(tripped, state.generation())
        };
        let hint = if state.has_hint() {
            #[cfg(feature = "fleet")]
            if state.follows_link() {
                return self.followed_until();
            }
            self.hint_in(state.generation())
        } else {
            0
        };
        let open_for = settings.open_for(failed_recoveries, hint);
        // Does not wrap: times stay below 2^63 for 146 years, and an open phase lasts at most
        // one year.
        self.opened_at.load(Ordering::Relaxed).wrapping_add(open_for)
    }

    /// Returns the number of recoveries in a row that have failed since the trip in `tripped`.
    #[cfg(not(feature = "fleet"))]
    #[inline]
    fn failed_recoveries(&self, tripped: u64, generation: u64) -> u64 {
        let _ = self;
        // Every failed recovery takes two generations: half-open, and open again.
        generations_between(tripped, generation) / 2
    }

    /// Half-opens the breaker. If another state was found, returns that one.
    pub(super) fn begin_episode(
        &self,
        state: State,
        settings: &CurrentSettings,
        now: u64,
    ) -> Result<Transition, State> {
        let next = state.enter(CircuitState::HalfOpen, false);
        // All leases that exist before the exchange belong to earlier episodes.
        let limit = settings.built().half_open_max_calls();
        self.slots.clear(limit, || self.load().generation() == state.generation());
        self.exchange(state, next)?;
        Ok(self.changed(state, next, now))
    }

    /// Admits a probe if a slot is free. Returns `None` if the state is out of date.
    pub(super) fn admit_probe(
        &self,
        state: State,
        settings: &CurrentSettings,
        request: Request,
        now: u64,
    ) -> Option<Result<Admission, Rejection>> {
        let claim = claim(state, settings, request, now);
        let has_slot = self.slots.claim(claim);
        // Loaded after the claim: a thread that slept since it loaded the state must not admit a
        // call for an episode that is over.
        let is_current = self.load().generation() == state.generation();
        if !is_current {
            if has_slot {
                self.slots.release(claim);
            }
            return None;
        }
        let admission = Admission { state, at: now };
        Some(if has_slot {
            Ok(admission)
        } else {
            Err(Rejection { state, at: now, retry_in: None })
        })
    }

    /// Opens the breaker because of an outcome. `hint` is that of the error in nanoseconds, or 0.
    /// If another state was found, returns that one.
    pub(super) fn open(
        &self,
        from: State,
        to: State,
        hint: u64,
        now: u64,
    ) -> Result<Transition, State> {
        let to = if hint > 0 { to.with_hint() } else { to };
        self.opens(to, from.circuit() == CircuitState::Closed, now);
        self.exchange(from, to)?;
        if hint > 0 {
            self.keep_hint(to.generation(), hint);
        }
        Ok(self.changed(from, to, now))
    }

    /// Keeps the hint of the error that has just opened the breaker. The lowest bits of the
    /// generation are stored above it.
    ///
    /// Stored after the exchange, because it must be the hint of the failure that won it. In
    /// between, the state already marks that there is a hint: see [`hint_in`](Self::hint_in). A
    /// thread that gets here late changes nothing. It finds another generation, or its exchange
    /// fails because a later hint was stored.
    fn keep_hint(&self, generation: u64, hint: u64) {
        let kept = generation << HINT_BITS | hint.min(LONGEST_HINT);
        loop {
            // Acquire, paired with the release below: a thread that sees a later hint also sees the
            // later state.
            let seen = self.hint.load(Ordering::Acquire);
            if self.load().generation() != generation {
                return;
            }
            let kept = self.hint.compare_exchange(seen, kept, Ordering::Release, Ordering::Relaxed);
            if kept.is_ok() {
                return;
            }
        }
    }

    /// Returns the hint with which the breaker opened in this generation.
    ///
    /// Until the hint is stored, this returns the longest possible one, so that the breaker does
    /// not admit calls too early. During that time, a hint from a multiple of 512 generations ago
    /// could be mistaken for it.
    ///
    /// Relaxed: generation and hint are in one word, and guard nothing else.
    #[cold]
    #[inline(never)]
    fn hint_in(&self, generation: u64) -> u64 {
        let kept = self.hint.load(Ordering::Relaxed);
        let is_its = (kept ^ generation << HINT_BITS) >> HINT_BITS == 0;
        if is_its { kept & LONGEST_HINT } else { LONGEST_HINT }
    }

    /// Notes when the breaker opens, and the generation of a trip, before the state changes.
    pub(super) fn opens(&self, to: State, trips: bool, now: u64) {
        // Relaxed: the compare-exchange on the state that follows publishes them.
        self.opened_at.fetch_max(now, Ordering::Relaxed);
        if trips {
            self.trips_in(to.generation());
            #[cfg(feature = "fleet")]
            self.note_trip(now);
        }
    }

    /// Counts failed recoveries from this generation on.
    pub(super) fn trips_in(&self, generation: u64) {
        self.tripped.fetch_max(generation, Ordering::Relaxed);
    }

    /// Returns the contents of the window in this state's generation.
    pub(super) fn tally(
        &self,
        state: State,
        settings: &CurrentSettings,
        now: impl FnOnce() -> u64,
    ) -> Option<Tally> {
        settings.built().view(state.generation()).map(|view| self.history.tally(view, now))
    }

    /// Changes the state. If another state was found, returns that one.
    pub(super) fn exchange(&self, from: State, to: State) -> Result<(), State> {
        self.state
            .compare_exchange(from.bits(), to.bits(), Ordering::AcqRel, Ordering::Acquire)
            .map(drop)
            .map_err(State::from_bits)
    }

    /// Notes the time of a change that the caller has made. Returns the transition.
    pub(super) fn changed(&self, from: State, to: State, now: u64) -> Transition {
        // The latest time wins, so a slow thread does not hide a later change.
        self.changed_at.fetch_max(now, Ordering::Relaxed);
        Transition { from: from.circuit(), to: to.circuit(), counted: Tally::default() }
    }
}

pub(super) fn claim(state: State, settings: &CurrentSettings, request: Request, now: u64) -> Claim {
    Claim {
        generation: state.generation(),
        limit: settings.built().half_open_max_calls(),
        probe_timeout: settings.probe_timeout(),
        now,
        manual: request.manual,
    }
}
