//! The word: flags, count and generation of a breaker in 64 bits, and every step it can take.
//!
//! Pure: nothing here reads a clock or touches an atomic.
//!
//! | bits | what |
//! |---|---|
//! | 0–1 | state: 0 closed, 1 open, 2 half-open |
//! | 2 | `FORCED`: an operator holds the state until `reset` |
//! | 3–4 | mode: 0 enforce, 1 observe, 2 off |
//! | 5 | `UNLISTED`: the registry has not been told of this breaker |
//! | 6 | `TIMED`: `abandoned_after` or `slow_call` is set, so that admission has to read the clock |
//! | 7 | `RECORDS`: a window or `slow_call` is set, so that a good call has to be recorded too |
//! | 8–23 | count: failures in a row while closed (without a window), successes of probes while half-open, else 0 |
//! | 24–63 | generation: up by one with every transition, force and reset |
//!
//! A breaker that lets everything pass has zeros in bits 0–4 and 6, so that one mask finds it; one to which a good
//! call makes no difference has zeros in bits 0–4 and 7–23.
//!
//! # The wrap of the generation
//!
//! A verdict counts if the generation in its permit is the one in the word. It would be taken for another
//! one's if exactly a multiple of 2^40 generations began while its permit was held. The fastest way round
//! by itself is closed, open, half-open, closed: three generations, and at least one `recovery_timeout`,
//! which is at least 1 ms. That makes 2^40 generations in no less than eleven years of uninterrupted
//! flapping. A loop of `reset` is faster, but takes hours of one thread doing nothing else. And what
//! comes of it is one verdict counted that should have been dropped.

use super::CircuitState;
use super::settings::{Live, Settings, Verdict};
use super::window::TAG_BITS;
use crate::config::Mode;

const STATE: u64 = 0b11;
const OPEN: u64 = 1;
const HALF_OPEN: u64 = 2;
const FORCED: u64 = 1 << 2;
const MODE: u64 = 0b11 << MODE_SHIFT;
const MODE_SHIFT: u32 = 3;
pub(super) const UNLISTED: u64 = 1 << 5;
const TIMED: u64 = 1 << 6;
const RECORDS: u64 = 1 << 7;
const COUNT: u64 = 0xFFFF << COUNT_SHIFT;
const COUNT_SHIFT: u32 = 8;
const GENERATION_SHIFT: u32 = 24;

/// What asks for more than the shortest way through an admission.
const DETOUR: u64 = STATE | FORCED | MODE | TIMED;

/// The word, unpacked by its methods.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Word(u64);

impl Word {
    /// Closed, with nothing counted, and not in the registry.
    pub(super) const fn initial(settings: &Settings) -> Self {
        let timed = if settings.times_calls() { TIMED } else { 0 };
        let records = if settings.records_all() { RECORDS } else { 0 };
        Self(UNLISTED | mode_bits(settings.mode()) | timed | records)
    }

    #[inline]
    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    #[inline]
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    pub(super) const fn state(self) -> CircuitState {
        match self.0 & STATE {
            OPEN => CircuitState::Open,
            HALF_OPEN => CircuitState::HalfOpen,
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

    /// Open by itself, and enforced; and where `unlisted` matters, not that either.
    #[inline]
    pub(super) const fn is_plainly_open(self, unlisted: bool) -> bool {
        self.0 & (STATE | FORCED | MODE | if unlisted { UNLISTED } else { 0 }) == OPEN
    }

    /// Closed by itself, enforced, and with no clock to read: admission has nothing else to ask.
    #[inline]
    pub(super) const fn admits_at_once(self) -> bool {
        self.0 & DETOUR == 0
    }

    /// A success leaves this word as it is.
    ///
    /// The clock is of no account here, unless slow calls are told from quick ones, which `RECORDS` says too.
    #[inline]
    pub(super) const fn has_nothing_to_forget(self) -> bool {
        self.0 & (STATE | FORCED | MODE | RECORDS | COUNT) == 0
    }

    /// The word with one failure more, where that is all a failure does: closed by itself, enforced, with no window,
    /// and below its threshold; and but for the count what it was at the admission, which then was as plain.
    #[inline]
    pub(super) const fn with_one_more_failure(
        self,
        admitted: Self,
        threshold: u16,
    ) -> Option<Self> {
        let plain = self.0 & (STATE | FORCED | MODE | RECORDS) == 0;
        let same = (self.0 ^ admitted.0) & !(COUNT | UNLISTED) == 0;
        // Below its threshold the count fits: thresholds have 16 bits too.
        if plain && same && self.count() + 1 < threshold {
            Some(Self(self.0 + (1 << COUNT_SHIFT)))
        } else {
            None
        }
    }

    /// Closed by itself, and enforced, with nothing counted here and calls that need no clock: whether a good one is
    /// recorded, the settings say, and nothing else becomes of it.
    #[inline]
    pub(super) const fn only_records(self) -> bool {
        self.0 & (STATE | FORCED | MODE | TIMED | COUNT) == 0
    }

    /// The lowest bits of the generation as the highest, as windows tag what they hold; below 16 of them that are not
    /// told apart, the count follows.
    #[inline]
    pub(super) const fn tag(self) -> u64 {
        self.0 << (u64::BITS - GENERATION_SHIFT - TAG_BITS)
    }

    /// A verdict can be counted: nobody holds the state, and the breaker is not switched off.
    pub(super) const fn counts(self) -> bool {
        !self.forced() && !matches!(self.mode(), Mode::Off)
    }

    pub(super) const fn with_mode(self, mode: Mode) -> Self {
        Self(self.0 & !MODE | mode_bits(mode))
    }

    /// The first word of a new generation. Mode and the flags that are not of the state stay.
    pub(super) const fn enter(self, state: CircuitState, forced: bool) -> Self {
        let state = match state {
            CircuitState::Closed => 0,
            CircuitState::Open => OPEN,
            CircuitState::HalfOpen => HALF_OPEN,
        };
        let kept = self.0 & (MODE | UNLISTED | TIMED | RECORDS);
        // The shift drops what carries out of the 40 bits: generations wrap to zero.
        let generation = (self.generation() + 1) << GENERATION_SHIFT;
        Self(generation | kept | state | if forced { FORCED } else { 0 })
    }

    /// The word after a verdict of its own generation; `None` where the verdict changes nothing.
    ///
    /// Closed with a window, a failure is taken for the one that opens it: whether it does, the window says.
    pub(super) fn after(self, verdict: Verdict, settings: &Live) -> Option<Self> {
        if !self.counts() {
            return None;
        }
        match (self.state(), verdict) {
            // Below its threshold the count fits: thresholds have 16 bits too.
            (CircuitState::Closed, Verdict::Failure)
                if !settings.has_window() && self.count() + 1 < settings.failure_threshold() =>
            {
                Some(self.with_count(self.count() + 1))
            }
            (CircuitState::Closed | CircuitState::HalfOpen, Verdict::Failure) => {
                Some(self.enter(CircuitState::Open, false))
            }
            (CircuitState::Closed, Verdict::Success) if self.count() > 0 => {
                Some(self.with_count(0))
            }
            (CircuitState::HalfOpen, Verdict::Success)
                if self.count() + 1 < settings.success_threshold() =>
            {
                Some(self.with_count(self.count() + 1))
            }
            (CircuitState::HalfOpen, Verdict::Success) => {
                Some(self.enter(CircuitState::Closed, false))
            }
            (CircuitState::Closed | CircuitState::Open, _)
            | (CircuitState::HalfOpen, Verdict::Neutral) => None,
        }
    }

    const fn with_count(self, count: u16) -> Self {
        Self(self.0 & !COUNT | (count as u64) << COUNT_SHIFT)
    }
}

/// How many generations began after `from`, up to `to`; 0 where it is the later one.
pub(super) const fn generations_between(from: u64, to: u64) -> u64 {
    const ALL: u64 = u64::MAX >> GENERATION_SHIFT;
    let between = to.wrapping_sub(from) & ALL;
    if between > ALL / 2 { 0 } else { between }
}

const fn mode_bits(mode: Mode) -> u64 {
    let bits = match mode {
        Mode::Enforce => 0,
        Mode::Observe => 1,
        Mode::Off => 2,
    };
    bits << MODE_SHIFT
}

#[cfg(test)]
mod tests;
