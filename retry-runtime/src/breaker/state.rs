//! The packed state: the flags, count and generation of a breaker in 64 bits, and its transitions.
//!
//! Pure: nothing here reads a clock or accesses an atomic.
//!
//! | bits | meaning |
//! |---|---|
//! | 0–1 | circuit state, in the order of its declaration: 0 closed, 1 open, 2 half-open |
//! | 2 | `FORCED`: an operator holds the circuit state until `reset` |
//! | 3–4 | mode, likewise: 0 enforce, 1 observe, 2 off |
//! | 5 | `UNLISTED`: the breaker is not in the registry yet |
//! | 6 | `TIMED`: `abandoned_after` or `slow_call` is set, so admission reads the clock |
//! | 7 | `RECORDS`: a window or `slow_call` is set, so a success is recorded too |
//! | 8–23 | count: failures in a row while closed (without a window), successful probes while half-open, marks while open (see below), else 0 |
//! | 24–63 | generation: increases by one with every transition, force and reset |
//!
//! While open, the lowest bit of the count marks that the error which opened the breaker had a
//! hint. The next bit marks that a link to a fleet knows the end of the open phase.
//!
//! # Wrapping of the generation
//!
//! An outcome counts if the generation in its admission is the one in the state. It would count for
//! a later generation only if exactly a multiple of 2^40 generations began while its permit was
//! held. Without an operator, the fastest cycle is closed, open, half-open, closed: three
//! generations and at least one `recovery_timeout`, which is at least 1 ms. So 2^40 generations
//! take eleven years of uninterrupted flapping. A loop of `reset` is faster, but keeps one thread
//! busy for hours. The damage is one counted outcome that should have been ignored.

use super::settings::{CurrentSettings, Outcome, Settings};
use super::window::TAG_BITS;
use crate::circuit_state::CircuitState;
use crate::config::Mode;

const CIRCUIT: u64 = 0b11;
const FORCED: u64 = 1 << 2;
const MODE: u64 = 0b11 << MODE_SHIFT;
const MODE_SHIFT: u32 = 3;
/// A bit that is set only in [`Mode::Off`].
const OFF: u64 = mode_bits(Mode::Off);
pub(super) const UNLISTED: u64 = 1 << 5;
const TIMED: u64 = 1 << 6;
const RECORDS: u64 = 1 << 7;
const COUNT: u64 = 0xFFFF << COUNT_SHIFT;
const COUNT_SHIFT: u32 = 8;
const GENERATION_SHIFT: u32 = 24;
/// The mark of a link, in the count of an open state.
#[cfg(feature = "fleet")]
const LINK: u16 = 0b10;

/// A breaker's packed state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct State(u64);

impl State {
    /// Returns a closed state with nothing counted, not yet in the registry.
    pub(super) const fn initial(settings: &Settings) -> Self {
        let timed = if settings.times_calls() { TIMED } else { 0 };
        let records = if settings.records_successes() { RECORDS } else { 0 };
        Self(UNLISTED | mode_bits(settings.mode) | timed | records)
    }

    #[inline]
    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    #[inline]
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    pub(super) const fn circuit(self) -> CircuitState {
        match self.0 & CIRCUIT {
            1 => CircuitState::Open,
            2 => CircuitState::HalfOpen,
            _ => CircuitState::Closed,
        }
    }

    pub(super) const fn mode(self) -> Mode {
        match (self.0 & MODE) >> MODE_SHIFT {
            1 => Mode::Observe,
            2 => Mode::Off,
            _ => Mode::Enforce,
        }
    }

    pub(super) const fn forced(self) -> bool {
        self.0 & FORCED != 0
    }

    pub(super) const fn timed(self) -> bool {
        self.0 & TIMED != 0
    }

    #[inline]
    pub(super) const fn unlisted(self) -> bool {
        self.0 & UNLISTED != 0
    }

    #[inline]
    pub(super) const fn count(self) -> u16 {
        ((self.0 & COUNT) >> COUNT_SHIFT) as u16
    }

    #[inline]
    pub(super) const fn generation(self) -> u64 {
        self.0 >> GENERATION_SHIFT
    }

    /// Returns whether calls are admitted and counted, and the breaker itself needs no clock.
    #[inline]
    pub(super) const fn admits_at_once(self) -> bool {
        self.0 & (CIRCUIT | FORCED | MODE | TIMED) == 0
    }

    /// Returns whether it admits calls immediately and is in the registry, in a single test.
    #[inline]
    pub(super) const fn admits_listed_at_once(self) -> bool {
        self.0 & (CIRCUIT | FORCED | MODE | TIMED | UNLISTED) == 0
    }

    /// Returns whether a success of this generation changes nothing.
    ///
    /// `TIMED` may be set: `slow_call` sets `RECORDS` too, and `abandoned_after` does not affect
    /// successes.
    #[inline]
    pub(super) const fn ignores_success(self) -> bool {
        self.0 & (CIRCUIT | FORCED | MODE | RECORDS | COUNT) == 0
    }

    /// Returns whether a success of this generation can do nothing but enter the window, whenever
    /// the call began.
    #[inline]
    pub(super) const fn only_records_success(self) -> bool {
        self.0 & (CIRCUIT | FORCED | MODE | TIMED | COUNT) == 0
    }

    /// Returns the state after the failure of a call that was admitted in `admitted`, if the
    /// failure only adds one to the count.
    #[inline]
    pub(super) const fn after_one_more_failure(
        self,
        admitted: Self,
        threshold: u16,
    ) -> Option<Self> {
        let is_same = (self.0 ^ admitted.0) & !COUNT == 0;
        let counts_in_a_row = self.0 & (CIRCUIT | FORCED | MODE | RECORDS) == 0;
        if is_same && counts_in_a_row && self.count() + 1 < threshold {
            Some(self.with_count(self.count() + 1))
        } else {
            None
        }
    }

    /// Returns whether it is closed, enforcing and not forced, with no failures counted.
    pub(super) const fn is_healthy(self) -> bool {
        self.0 & (CIRCUIT | FORCED | MODE | COUNT) == 0
    }

    /// Returns whether it is closed, with failures in a row counted.
    #[inline]
    pub(super) const fn counts_failures(self) -> bool {
        self.0 & CIRCUIT == 0 && self.0 & COUNT != 0
    }

    /// Returns the lowest bits of the generation as the highest bits, which is the tag of windows.
    /// The count follows below them.
    #[inline]
    pub(super) const fn tag(self) -> u64 {
        self.0 << (u64::BITS - GENERATION_SHIFT - TAG_BITS)
    }

    /// Returns whether outcomes count: the circuit state is not forced, and the breaker is not off.
    pub(super) const fn counts(self) -> bool {
        self.0 & (FORCED | OFF) == 0
    }

    /// Returns whether it is closed and of this generation.
    pub(super) const fn is_closed_in(self, generation: u64) -> bool {
        const GENERATION: u64 = !0 << GENERATION_SHIFT;
        self.0 & (GENERATION | CIRCUIT) == generation << GENERATION_SHIFT
    }

    /// Returns the state for an admission whose outcome does not count.
    pub(super) const fn uncounted(self) -> Self {
        Self(self.0 | FORCED)
    }

    /// Returns the state for the admission of a probe that has given its slot back.
    #[cfg(feature = "stream")]
    pub(super) const fn without_slot(self) -> Self {
        Self(self.0 & !CIRCUIT)
    }

    pub(super) const fn with_mode(self, mode: Mode) -> Self {
        Self(self.0 & !MODE | mode_bits(mode))
    }

    /// Returns the first state of a new generation. The mode and the flags of the breaker stay.
    pub(super) const fn enter(self, circuit: CircuitState, forced: bool) -> Self {
        let kept = self.0 & (MODE | UNLISTED | TIMED | RECORDS);
        // The shift drops the carry out of the 40 bits, so generations wrap to zero.
        let generation = (self.generation() + 1) << GENERATION_SHIFT;
        Self(generation | kept | circuit as u64 | if forced { FORCED } else { 0 })
    }

    /// Returns the state after an outcome of the current generation. `None` if nothing changes.
    ///
    /// With a window, a failure is passed here only once the window has decided to open the
    /// breaker.
    pub(super) fn after(self, outcome: Outcome, settings: &CurrentSettings) -> Option<Self> {
        if !self.counts() {
            return None;
        }
        match (self.circuit(), outcome) {
            // The count fits, because thresholds have 16 bits too.
            (CircuitState::Closed, Outcome::Failure)
                if !settings.built().has_window()
                    && self.count() + 1 < settings.failure_threshold() =>
            {
                Some(self.with_count(self.count() + 1))
            }
            (CircuitState::Closed | CircuitState::HalfOpen, Outcome::Failure) => {
                Some(self.enter(CircuitState::Open, false))
            }
            (CircuitState::Closed, Outcome::Success) if self.count() > 0 => {
                Some(self.with_count(0))
            }
            (CircuitState::HalfOpen, Outcome::Success)
                if self.count() + 1 < settings.success_threshold() =>
            {
                Some(self.with_count(self.count() + 1))
            }
            (CircuitState::HalfOpen, Outcome::Success) => {
                Some(self.enter(CircuitState::Closed, false))
            }
            _ => None,
        }
    }

    /// Marks an open state: the error that opened it had a hint.
    pub(super) const fn with_hint(self) -> Self {
        self.with_count(1)
    }

    /// Returns whether an open state has that mark or the mark of a link.
    pub(super) const fn has_hint(self) -> bool {
        self.0 & COUNT != 0
    }

    /// Marks an open state: a link knows when the open phase ends.
    #[cfg(feature = "fleet")]
    pub(super) const fn with_link(self) -> Self {
        self.with_count(LINK)
    }

    /// Returns whether an open state has the mark of a link.
    #[cfg(feature = "fleet")]
    pub(super) const fn follows_link(self) -> bool {
        self.count() & LINK != 0
    }

    pub(super) const fn with_count(self, count: u16) -> Self {
        Self(self.0 & !COUNT | (count as u64) << COUNT_SHIFT)
    }
}

/// Returns the number of generations that began after `from`, up to `to`. 0 if `from` is later.
pub(super) const fn generations_between(from: u64, to: u64) -> u64 {
    const ALL: u64 = u64::MAX >> GENERATION_SHIFT;
    let between = to.wrapping_sub(from) & ALL;
    if between > ALL / 2 { 0 } else { between }
}

const fn mode_bits(mode: Mode) -> u64 {
    (mode as u64) << MODE_SHIFT
}

#[cfg(test)]
mod tests;
