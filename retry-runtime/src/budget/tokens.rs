//! The balance of a budget, packed into 64 bits. Pure: the time is an argument, in milliseconds.
//!
//! | bits | contents |
//! |---|---|
//! | 0–26 | tokens, in thousandths |
//! | 27–63 | the time up to which `min_per_second` is paid, in milliseconds; 0 before it began |
//!
//! `n` tokens a second are `n` thousandths a millisecond, so both parts are exact.
//!
//! The time wraps after 2³⁷ − 1 ms, 4.4 years. A time that lies up to half of that in the past is
//! attributed to another thread's clock. So after a pause of more than 2.2 years, `min_per_second`
//! pays nothing until the time has wrapped, and then only for the time since. It never pays too
//! much.

/// A token, in thousandths.
pub(super) const TOKEN: u32 = 1000;

/// The limit of `burst` and `min_per_second`, in tokens.
pub(super) const MOST: u32 = 100_000;

/// The steps per second in which `min_per_second` is paid, because times are in milliseconds.
pub(super) const STEPS_PER_SECOND: u32 = 1000;

const TIME_SHIFT: u32 = 27;
const TOKENS: u64 = (1 << TIME_SHIFT) - 1;
/// The largest time. The smallest is 1.
const TIMES: u64 = (1 << (64 - TIME_SHIFT)) - 1;

const _: () = assert!(MOST as u64 * TOKEN as u64 <= TOKENS);

/// The balance of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tokens {
    /// In thousandths.
    pub(super) thousandths: u32,
    /// At least 1. 0 before the floor began.
    paid_until: u64,
}

/// The gain of a budget without calls: tokens per second, up to a time in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floor {
    pub(super) per_second: u32,
    pub(super) now: u64,
}

/// Converts thousandths into tokens.
pub(super) fn in_tokens(thousandths: u32) -> f64 {
    f64::from(thousandths) / f64::from(TOKEN)
}

impl Tokens {
    pub(super) const fn new(thousandths: u32) -> Self {
        Self { thousandths, paid_until: 0 }
    }

    pub(super) const fn bits(self) -> u64 {
        self.paid_until << TIME_SHIFT | self.thousandths as u64
    }

    pub(super) const fn from_bits(bits: u64) -> Self {
        // The mask has 27 bits.
        #[allow(clippy::cast_possible_truncation)]
        let thousandths = (bits & TOKENS) as u32;
        Self { thousandths, paid_until: bits >> TIME_SHIFT }
    }

    /// Returns whether the floor has begun.
    pub(super) const fn is_paid(self) -> bool {
        self.paid_until != 0
    }

    /// Adds thousandths, up to `limit`.
    pub(super) fn with(self, thousandths: u32, limit: u32) -> Self {
        let thousandths = self.thousandths.saturating_add(thousandths);
        Self { thousandths, ..self }.capped(limit)
    }

    /// Removes the tokens above `limit`.
    pub(super) fn capped(self, limit: u32) -> Self {
        Self { thousandths: self.thousandths.min(limit), ..self }
    }

    /// Adds the gain of the floor since it was last paid, up to `limit`.
    pub(super) fn paid(self, floor: Floor, limit: u32) -> Self {
        let now = 1 + floor.now % TIMES;
        if self.paid_until == 0 {
            return Self { paid_until: now, ..self };
        }
        let passed = (now + TIMES - self.paid_until) % TIMES;
        if passed > TIMES / 2 {
            // Another thread's clock is ahead of this one.
            return self;
        }
        let brought = passed.saturating_mul(floor.per_second.into());
        let brought = u32::try_from(brought).unwrap_or(u32::MAX);
        Self { paid_until: now, ..self.with(brought, limit) }
    }

    /// Removes one token, if there is one.
    pub(super) fn less_one(self) -> Option<Self> {
        Some(Self { thousandths: self.thousandths.checked_sub(TOKEN)?, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u32 = MOST * TOKEN;

    fn floor(per_second: u32, now: u64) -> Floor {
        Floor { per_second, now }
    }

    #[test]
    fn a_word_holds_both_parts() {
        for thousandths in [0, 1, TOKEN, LIMIT] {
            for now in [0, 1, TIMES - 1, TIMES, u64::MAX] {
                let tokens = Tokens::new(thousandths).paid(floor(0, now), LIMIT);
                assert_eq!(Tokens::from_bits(tokens.bits()), tokens);
                assert_ne!(tokens.paid_until, 0);
            }
        }
    }

    #[test]
    fn the_floor_is_paid_to_the_thousandth_however_it_is_cut() {
        let mut tokens = Tokens::new(0).paid(floor(7, 0), LIMIT);
        for now in [1, 2, 3, 500, 999, 1000] {
            tokens = tokens.paid(floor(7, now), LIMIT);
        }
        assert_eq!(tokens.thousandths, 7 * TOKEN);
    }

    #[test]
    fn the_floor_begins_when_it_is_first_asked_for() {
        assert_eq!(Tokens::new(0).paid(floor(MOST, 1 << 40), LIMIT).thousandths, 0);
    }

    #[test]
    fn a_clock_that_is_behind_takes_and_brings_nothing() {
        let ahead = Tokens::new(5).paid(floor(1, 1000), LIMIT);
        assert_eq!(ahead.paid(floor(1, 400), LIMIT), ahead);
        assert_eq!(ahead.paid(floor(1, 1001), LIMIT).thousandths, 6);
    }

    #[test]
    fn times_wrap() {
        let before = Tokens::new(0).paid(floor(1, TIMES - 2), LIMIT);
        assert_eq!(before.paid(floor(1, TIMES + 3), LIMIT).thousandths, 5);
    }

    #[test]
    fn nothing_exceeds_the_limit() {
        let tokens = Tokens::new(0).paid(floor(MOST, 0), 1500);
        assert_eq!(tokens.paid(floor(MOST, TIMES / 2), 1500).thousandths, 1500);
        assert_eq!(tokens.with(u32::MAX, 1500).thousandths, 1500);
        assert_eq!(Tokens::new(999).less_one(), None);
    }
}
