//! The atomics of a breaker, and the loops that step its word.
//!
//! Nothing here reads a clock, emits an event or knows a name: time comes in as a closure that is called
//! only where time matters, and what happened goes out as a value.
//!
//! # Orderings
//!
//! Unless said otherwise the word is loaded with acquire and changed by compare-exchange with
//! acquire-release: it publishes `opened_at`. Each change is one compare-exchange from the word that was
//! judged, so whoever wins it makes the transition, and nobody else does.

use std::time::Duration;

use super::CircuitState;
use super::settings::{Settings, Verdict};
use super::slots::{Claim, Slot, Slots};
use super::state::{UNLISTED, Word};
use crate::config::Mode;
use crate::sync::{AtomicU64, Ordering};

pub(super) struct Core {
    word: AtomicU64,
    /// When the breaker last opened by itself. Never goes back; see [`Core::judge`].
    opened_at: AtomicU64,
    /// When the state last changed, 0 if never. For reports only: nothing is decided by it.
    changed_at: AtomicU64,
    slots: Slots,
}

/// What an admission leaves with its permit.
#[derive(Clone, Copy)]
pub(super) struct Ticket {
    /// The word that admitted it.
    pub(super) word: Word,
    /// When: for probes, and for all where `abandoned_after` is set; else 0.
    pub(super) at: u64,
    pub(super) slot: Slot,
}

impl Ticket {
    /// Admitted while closed, with no clock read.
    #[inline]
    pub(super) const fn plain(word: Word) -> Self {
        Self { word, at: 0, slot: Slot::None }
    }

    /// Admitted, and nothing that becomes of it counts.
    pub(super) const fn neutral(word: Word) -> Self {
        Self { word, at: 0, slot: Slot::Neutral }
    }
}

/// A change of state that the caller has made, and nobody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transition {
    pub(super) from: CircuitState,
    pub(super) to: CircuitState,
}

/// What came of asking for admission.
pub(super) enum Attempt {
    Admitted(Ticket),
    /// By this word, with the time until a probe is let through.
    Rejected(Word, Option<Duration>),
    /// The breaker is half-open now: ask again.
    Changed(Transition),
}

impl Core {
    pub(super) const fn new(settings: &Settings) -> Self {
        let word = Word::initial(settings.mode(), settings.abandoned_after().is_some());
        Self {
            word: AtomicU64::new(word.bits()),
            opened_at: AtomicU64::new(0),
            changed_at: AtomicU64::new(0),
            slots: Slots::new(),
        }
    }

    pub(super) fn load(&self) -> Word {
        Word::from_bits(self.word.load(Ordering::Acquire))
    }

    /// The word, for the shortest ways through admission and verdict.
    ///
    /// Relaxed is enough: they read nothing else on the strength of it, and leave it as it is.
    #[inline]
    pub(super) fn glance(&self) -> Word {
        Word::from_bits(self.word.load(Ordering::Relaxed))
    }

    pub(super) fn changed_at(&self) -> u64 {
        self.changed_at.load(Ordering::Relaxed)
    }

    /// Whether the caller is the one who has to tell the registry.
    ///
    /// Relaxed: the bit guards nothing, and of those who clear it one alone has found it set.
    pub(super) fn take_unlisted(&self) -> bool {
        Word::from_bits(self.word.fetch_and(!UNLISTED, Ordering::Relaxed)).unlisted()
    }

    /// Asks for admission; `manual` where no permit will hold the slot.
    pub(super) fn attempt(
        &self,
        settings: &Settings,
        manual: bool,
        now: impl Fn() -> u64,
    ) -> Attempt {
        loop {
            let word = self.load();
            if word.mode() == Mode::Off {
                return Attempt::Admitted(Ticket::neutral(word));
            }
            match (word.state(), word.forced()) {
                (CircuitState::Closed, true) => return Attempt::Admitted(Ticket::neutral(word)),
                (CircuitState::Open, true) => return Attempt::Rejected(word, None),
                (CircuitState::Closed, false) => {
                    let at = if word.timed() { now() } else { 0 };
                    return Attempt::Admitted(Ticket { word, at, slot: Slot::None });
                }
                (CircuitState::Open, false) => {
                    if let Some(attempt) = self.leave_open(word, settings, now()) {
                        return attempt;
                    }
                }
                (CircuitState::HalfOpen, _) => {
                    if let Some(attempt) = self.probe(word, settings, manual, now()) {
                        return attempt;
                    }
                }
            }
        }
    }

    /// Half-opens, or rejects while it is too early; `None` where the word has moved on.
    fn leave_open(&self, word: Word, settings: &Settings, now: u64) -> Option<Attempt> {
        // Relaxed: the acquire load of `word` has made visible what its trip wrote. A later trip's time means
        // that the word has moved on: the compare-exchange fails then, or the rejection is one that the
        // breaker, opening again, is about to give anyway.
        let until =
            self.opened_at.load(Ordering::Relaxed).saturating_add(settings.recovery_timeout());
        if now < until {
            return Some(Attempt::Rejected(word, Some(Duration::from_nanos(until - now))));
        }
        let transition =
            self.exchange(word, word.enter(CircuitState::HalfOpen, false), now).ok()?;
        self.slots.sweep(claim(word, settings, false, now));
        transition.map(Attempt::Changed)
    }

    /// Takes a slot, or rejects where none is free; `None` where the word has moved on.
    fn probe(&self, word: Word, settings: &Settings, manual: bool, now: u64) -> Option<Attempt> {
        let current = || self.load().generation() == word.generation();
        let claim = claim(word, settings, manual, now);
        let slot = self.slots.claim(claim, current);
        // Asked again after the claim: a thread that slept since it loaded the word must not let a call
        // through in the name of an episode that is over.
        match (slot, current()) {
            (Some(slot), true) => Some(Attempt::Admitted(Ticket { word, at: now, slot })),
            (None, true) => Some(Attempt::Rejected(word, None)),
            (Some(slot), false) => {
                self.slots.undo(slot, claim);
                None
            }
            (None, false) => None,
        }
    }

    /// Takes the verdict of a permit, and its slot.
    ///
    /// The verdict first: between the two the slot of a failed probe must not admit another one.
    pub(super) fn settle(
        &self,
        settings: &Settings,
        ticket: Ticket,
        verdict: Verdict,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        if ticket.slot == Slot::Neutral {
            return None;
        }
        let transition = self.judge(settings, ticket.word.generation(), verdict, now);
        self.slots.release(ticket.slot, ticket.at, ticket.word.generation());
        transition
    }

    /// Gives a ticket's slot back ahead of its verdict.
    #[cfg(feature = "stream")]
    pub(super) fn release(&self, ticket: &mut Ticket) {
        // A neutral ticket stays neutral: it holds no slot, and must not get a verdict by losing it.
        if ticket.slot != Slot::Neutral {
            self.slots.release(ticket.slot, ticket.at, ticket.word.generation());
            ticket.slot = Slot::None;
        }
    }

    /// Takes a verdict that comes without a permit.
    pub(super) fn record(
        &self,
        settings: &Settings,
        verdict: Verdict,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        let word = self.load();
        let transition = self.judge(settings, word.generation(), verdict, now);
        if word.state() == CircuitState::HalfOpen {
            self.slots.release_manual(word.generation(), settings.half_open_max_calls());
        }
        transition
    }

    /// Counts a verdict, if its generation is still the breaker's.
    ///
    /// A failure reads the clock before it loads the word, and writes `opened_at` before it changes the
    /// word. So whoever sees the breaker open sees the time too. Clocks don't go back: a thread that loses the
    /// race to trip had read its time before it loaded a word that was not open yet, hence before the trip
    /// itself. As the time only ever goes up, what such a thread writes, early or late, is covered by the
    /// winner's time or lies between it and the trip; it never shortens the open phase, and never makes it
    /// end later than `recovery_timeout` after the trip.
    fn judge(
        &self,
        settings: &Settings,
        generation: u64,
        verdict: Verdict,
        now: impl Fn() -> u64,
    ) -> Option<Transition> {
        let failed_at = (verdict == Verdict::Failure).then(&now);
        let mut word = self.load();
        loop {
            if word.generation() != generation {
                return None;
            }
            let next = word.after(verdict, settings)?;
            if next.state() == CircuitState::Open
                && let Some(failed_at) = failed_at
            {
                // Relaxed: published by the compare-exchange that follows.
                self.opened_at.fetch_max(failed_at, Ordering::Relaxed);
            }
            let at = if next.state() == word.state() { 0 } else { failed_at.unwrap_or_else(&now) };
            match self.exchange(word, next, at) {
                Ok(transition) => return transition,
                Err(other) => word = other,
            }
        }
    }

    /// Enters a state from whichever it is in.
    pub(super) fn force(&self, to: CircuitState, forced: bool, now: u64) -> Option<Transition> {
        let mut word = self.load();
        loop {
            match self.exchange(word, word.enter(to, forced), now) {
                Ok(transition) => return transition,
                Err(other) => word = other,
            }
        }
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        let mut word = self.load();
        while let Err(other) = self.exchange(word, word.with_mode(mode), 0) {
            word = other;
        }
    }

    /// Changes the word, and tells what change of state that was; or the word that was found instead.
    fn exchange(&self, from: Word, to: Word, now: u64) -> Result<Option<Transition>, Word> {
        self.word
            .compare_exchange(from.bits(), to.bits(), Ordering::AcqRel, Ordering::Acquire)
            .map_err(Word::from_bits)?;
        if from.state() == to.state() {
            return Ok(None);
        }
        // The larger time wins, so that a winner which is slow to get here hides no later change.
        self.changed_at.fetch_max(now, Ordering::Relaxed);
        Ok(Some(Transition { from: from.state(), to: to.state() }))
    }
}

fn claim(word: Word, settings: &Settings, manual: bool, now: u64) -> Claim {
    Claim {
        generation: word.generation(),
        limit: settings.half_open_max_calls(),
        recovery_timeout: settings.recovery_timeout(),
        now,
        manual,
    }
}
