//! The atomics of a breaker, and how calls are admitted; `verdict` is the other half.
//!
//! Nothing here reads a clock, emits an event or knows a name: time comes in as a closure that is called
//! only where time matters, and what happened goes out as a value.
//!
//! # Orderings
//!
//! Unless said otherwise the word is loaded with acquire and changed by compare-exchange with
//! acquire-release: it publishes `opened_at`. Each change is one compare-exchange from the word that was
//! judged, so whoever wins it makes the transition, and nobody else does.

use std::num::NonZeroU64;

use super::CircuitState;
use super::settings::{Live, Settings};
use super::slots::{Claim, Slot, Slots};
use super::state::{UNLISTED, Word, generations_between};
use super::ticket::{Attempt, Ticket, Transition};
use super::window::{History, Tally};
use crate::config::Mode;
use crate::sync::{AtomicU64, Ordering};

pub(super) struct Core {
    word: AtomicU64,
    /// When the breaker last opened by itself. Never goes back; see `Core::judge`.
    pub(super) opened_at: AtomicU64,
    /// The generation that it opened in the last time that it was not by a failed probe. Never goes back: two
    /// threads that trip one generation write the same, and one that comes late finds a greater.
    pub(super) tripped: AtomicU64,
    /// When the state last changed, 0 if never. For reports only: nothing is decided by it.
    changed_at: AtomicU64,
    pub(super) slots: Slots,
    pub(super) history: History,
}

impl Core {
    pub(super) const fn new(settings: &Settings) -> Self {
        Self {
            word: AtomicU64::new(Word::initial(settings).bits()),
            opened_at: AtomicU64::new(0),
            tripped: AtomicU64::new(0),
            changed_at: AtomicU64::new(0),
            slots: Slots::new(),
            history: History::new(settings.extent()),
        }
    }

    pub(super) fn load(&self) -> Word {
        Word::from_bits(self.word.load(Ordering::Acquire))
    }

    /// The word, for the shortest ways through admission and verdict.
    ///
    /// Relaxed is enough: what they change they change by compare-exchange, the word from what was seen here, and a
    /// window under the tag of this word's generation, which the exchanged word has to have too. And a window is moved
    /// to a generation only after an acquire load of the word has confirmed it.
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
    pub(super) fn attempt(&self, settings: &Live, manual: bool, now: impl Fn() -> u64) -> Attempt {
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
                    return Attempt::Admitted(Ticket { word, at, slot: Slot::None.packed() });
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
    fn leave_open(&self, word: Word, settings: &Live, now: u64) -> Option<Attempt> {
        let left = self.open_until(word, settings).saturating_sub(now);
        if left > 0 {
            return Some(Attempt::Rejected(word, NonZeroU64::new(left)));
        }
        let next = word.enter(CircuitState::HalfOpen, false);
        let transition = self.exchange(word, next, now).ok()?;
        self.slots.sweep(claim(next, settings, false, now));
        transition.map(Attempt::Changed)
    }

    /// When the open phase of this word ends.
    #[inline]
    pub(super) fn open_until(&self, word: Word, settings: &Live) -> u64 {
        // Relaxed: the acquire load of `word` has made visible what its trip wrote. What a later trip wrote means
        // that the word has moved on: the compare-exchange fails then, or the rejection is one that the
        // breaker, opening again, is about to give anyway.
        let open_for = settings.open_for(|| {
            let tripped = self.tripped.load(Ordering::Relaxed);
            // Every failed recovery is two generations: half-open, and open again.
            generations_between(tripped, word.generation()) / 2
        });
        // The scale of time ends 146 years from now, and an open phase after one.
        self.opened_at.load(Ordering::Relaxed).wrapping_add(open_for)
    }

    /// Takes a slot, or rejects where none is free; `None` where the word has moved on.
    fn probe(&self, word: Word, settings: &Live, manual: bool, now: u64) -> Option<Attempt> {
        let current = || self.load().generation() == word.generation();
        let claim = claim(word, settings, manual, now);
        let slot = self.slots.claim(claim, current);
        // Asked again after the claim: a thread that slept since it loaded the word must not let a call
        // through in the name of an episode that is over.
        if !current() {
            return None;
        }
        Some(match slot {
            Some(slot) => Attempt::Admitted(Ticket { word, at: now, slot: slot.packed() }),
            None => Attempt::Rejected(word, None),
        })
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

    /// Opens for the first time, whatever the state: the open phase is as long as the first one.
    pub(super) fn trip(&self, now: u64) -> Option<Transition> {
        let mut word = self.load();
        loop {
            let next = word.enter(CircuitState::Open, false);
            self.opens(next, true, now);
            match self.exchange(word, next, now) {
                Ok(transition) => return transition,
                Err(other) => word = other,
            }
        }
    }

    /// Begins a half-open episode, unless one is under way.
    pub(super) fn half_open(&self, settings: &Live, now: u64) -> Option<Transition> {
        let mut word = self.load();
        while word.state() != CircuitState::HalfOpen {
            let next = word.enter(CircuitState::HalfOpen, false);
            if word.state() == CircuitState::Closed || word.forced() {
                // The open phase that a failed probe begins is the first one, and no longer for those before.
                let reopened = next.enter(CircuitState::Open, false);
                self.tripped.fetch_max(reopened.generation(), Ordering::Relaxed);
            }
            match self.exchange(word, next, now) {
                Ok(transition) => {
                    self.slots.sweep(claim(next, settings, false, now));
                    return transition;
                }
                Err(other) => word = other,
            }
        }
        None
    }

    /// Writes down when it opens, and whether it trips or a recovery has failed. Before the word says so, which publishes it.
    pub(super) fn opens(&self, to: Word, trips: bool, now: u64) {
        // Relaxed, both: published by the compare-exchange on the word that follows.
        self.opened_at.fetch_max(now, Ordering::Relaxed);
        if trips {
            self.tripped.fetch_max(to.generation(), Ordering::Relaxed);
        }
    }

    /// What the window of this word's generation holds.
    pub(super) fn tally(
        &self,
        word: Word,
        settings: &Live,
        now: impl FnOnce() -> u64,
    ) -> Option<Tally> {
        settings.view(word.generation()).map(|view| self.history.tally(view, now))
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        let mut word = self.load();
        while let Err(other) = self.exchange(word, word.with_mode(mode), 0) {
            word = other;
        }
    }

    /// Changes the word, or gives the one that was found instead.
    #[inline]
    pub(super) fn replace(&self, from: Word, to: Word) -> Result<(), Word> {
        self.word
            .compare_exchange(from.bits(), to.bits(), Ordering::AcqRel, Ordering::Acquire)
            .map(drop)
            .map_err(Word::from_bits)
    }

    /// Changes the word, and tells what change of state that was; or the word that was found instead.
    pub(super) fn exchange(
        &self,
        from: Word,
        to: Word,
        now: u64,
    ) -> Result<Option<Transition>, Word> {
        self.replace(from, to)?;
        if from.state() == to.state() {
            return Ok(None);
        }
        // The larger time wins, so that a winner which is slow to get here hides no later change.
        self.changed_at.fetch_max(now, Ordering::Relaxed);
        let counted = Tally::default();
        Ok(Some(Transition { from: from.state(), to: to.state(), counted }))
    }
}

fn claim(word: Word, settings: &Live, manual: bool, now: u64) -> Claim {
    Claim {
        generation: word.generation(),
        limit: settings.half_open_max_calls(),
        recovery_timeout: settings.recovery_timeout(),
        now,
        manual,
    }
}
