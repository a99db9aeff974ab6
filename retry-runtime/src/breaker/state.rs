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
//! | 6 | `TIMED`: `abandoned_after` is set, so that admission has to read the clock |
//! | 7 | unused, always 0 |
//! | 8–23 | count: failures in a row while closed, successes of probes while half-open, else 0 |
//! | 24–63 | generation: up by one with every transition, force and reset |
//!
//! A breaker that lets everything pass has zeros in bits 0–4 and 6, so that one mask finds it.
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
use super::settings::{Settings, Verdict};
use crate::config::Mode;

const STATE: u64 = 0b11;
const OPEN: u64 = 1;
const HALF_OPEN: u64 = 2;
const FORCED: u64 = 1 << 2;
const MODE: u64 = 0b11 << MODE_SHIFT;
const MODE_SHIFT: u32 = 3;
pub(super) const UNLISTED: u64 = 1 << 5;
const TIMED: u64 = 1 << 6;
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
    pub(super) const fn initial(mode: Mode, timed: bool) -> Self {
        Self(UNLISTED | mode_bits(mode) | if timed { TIMED } else { 0 })
    }

    #[inline]
    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

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

    pub(super) const fn count(self) -> u16 {
        ((self.0 & COUNT) >> COUNT_SHIFT) as u16
    }

    pub(super) const fn generation(self) -> u64 {
        self.0 >> GENERATION_SHIFT
    }

    /// Closed by itself, enforced, and with no clock to read: admission has nothing else to ask.
    #[inline]
    pub(super) const fn admits_at_once(self) -> bool {
        self.0 & DETOUR == 0
    }

    /// A success leaves this word as it is.
    ///
    /// The clock is of no account here: a verdict measures nothing.
    #[inline]
    pub(super) const fn has_nothing_to_forget(self) -> bool {
        self.0 & (STATE | FORCED | MODE | COUNT) == 0
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
        let kept = self.0 & (MODE | UNLISTED | TIMED);
        // The shift drops what carries out of the 40 bits: generations wrap to zero.
        let generation = (self.generation() + 1) << GENERATION_SHIFT;
        Self(generation | kept | state | if forced { FORCED } else { 0 })
    }

    /// The word after a verdict of its own generation; `None` where the verdict changes nothing.
    pub(super) const fn after(self, verdict: Verdict, settings: &Settings) -> Option<Self> {
        if self.forced() || matches!(self.mode(), Mode::Off) {
            return None;
        }
        match (self.state(), verdict) {
            // Below its threshold the count fits: thresholds have 16 bits too.
            (CircuitState::Closed, Verdict::Failure)
                if self.count() + 1 < settings.failure_threshold() =>
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

const fn mode_bits(mode: Mode) -> u64 {
    let bits = match mode {
        Mode::Enforce => 0,
        Mode::Observe => 1,
        Mode::Off => 2,
    };
    bits << MODE_SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_wraps_into_no_other_bits() {
        let last = Word(u64::MAX << GENERATION_SHIFT | UNLISTED);
        let next = last.enter(CircuitState::Open, false);
        assert_eq!(next.generation(), 0);
        assert_eq!(next.bits(), UNLISTED | OPEN);
    }

    #[test]
    fn every_field_is_read_back_as_it_was_packed() {
        for mode in [Mode::Enforce, Mode::Observe, Mode::Off] {
            for timed in [false, true] {
                let first = Word::initial(mode, timed);
                assert_eq!((first.mode(), first.timed(), first.unlisted()), (mode, timed, true));
                for state in [CircuitState::Closed, CircuitState::Open, CircuitState::HalfOpen] {
                    for forced in [false, true] {
                        let word = first.with_count(7).enter(state, forced).with_count(u16::MAX);
                        assert_eq!((word.state(), word.forced()), (state, forced));
                        assert_eq!(
                            (word.mode(), word.timed(), word.unlisted()),
                            (mode, timed, true)
                        );
                        assert_eq!((word.count(), word.generation()), (u16::MAX, 1));
                    }
                }
            }
        }
    }

    #[test]
    fn only_a_plain_closed_breaker_admits_at_once() {
        let plain = Word::initial(Mode::Enforce, false);
        assert!(plain.admits_at_once());
        assert!(plain.with_count(3).admits_at_once());
        assert!(!plain.with_count(3).has_nothing_to_forget());
        assert!(!Word::initial(Mode::Enforce, true).admits_at_once());
        assert!(!plain.with_mode(Mode::Observe).admits_at_once());
        assert!(!plain.with_mode(Mode::Off).admits_at_once());
        assert!(!plain.enter(CircuitState::Closed, true).admits_at_once());
        assert!(!plain.enter(CircuitState::HalfOpen, false).admits_at_once());
        assert!(!plain.enter(CircuitState::HalfOpen, false).has_nothing_to_forget());
    }

    #[test]
    fn the_highest_threshold_trips_without_overflow() {
        let settings = Settings::DEFAULT.with_failure_threshold(65_535).unwrap();
        let word = Word::initial(Mode::Enforce, false).with_count(65_534);
        assert_eq!(word.after(Verdict::Failure, &settings).unwrap().state(), CircuitState::Open);
        let word = word.with_count(65_533).after(Verdict::Failure, &settings).unwrap();
        assert_eq!((word.state(), word.count()), (CircuitState::Closed, 65_534));
    }
}
