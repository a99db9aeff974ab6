//! The settings of a budget, each with its limits.
//!
//! The setters are `#[inline]`, like the builder's methods: the compiler evaluates those of a
//! `static`, so they are compiled only in crates that call them at run time.

mod current;

pub(super) use current::CurrentSettings;

use super::tokens::{MOST, TOKEN, Tokens};

/// The settings that a budget is built with. Its setters make none that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    // In thousandths of a token.
    ratio: u32,
    burst: u32,
    initial: Option<u32>,
    min_per_second: u32,
}

/// What a broken rule demands, and the fix.
type Rule = &'static str;

impl Settings {
    pub(crate) const DEFAULT: Self =
        Self { ratio: 100, burst: 100, initial: None, min_per_second: 0 };

    #[inline]
    pub(crate) const fn with_ratio(mut self, ratio: f64) -> Result<Self, Rule> {
        match thousandths(ratio) {
            Ok(thousandths) => self.ratio = thousandths,
            Err(rule) => return Err(rule),
        }
        Ok(self)
    }

    #[inline]
    pub(crate) const fn with_burst(mut self, burst: u32) -> Result<Self, Rule> {
        if burst == 0 || burst > MOST {
            return Err(BURST);
        }
        self.burst = burst;
        self.checked_initial()
    }

    #[inline]
    pub(crate) const fn with_initial(mut self, initial: u32) -> Result<Self, Rule> {
        self.initial = Some(initial);
        self.checked_initial()
    }

    #[inline]
    const fn checked_initial(self) -> Result<Self, Rule> {
        match self.initial {
            Some(initial) if initial > self.burst => Err(INITIAL),
            _ => Ok(self),
        }
    }

    #[inline]
    pub(crate) const fn with_min_per_second(mut self, tokens: u32) -> Result<Self, Rule> {
        if tokens > MOST {
            return Err(MIN_PER_SECOND);
        }
        self.min_per_second = tokens;
        Ok(self)
    }

    /// Returns what a budget holds at first.
    pub(super) const fn first(&self) -> Tokens {
        Tokens::new(match self.initial {
            Some(initial) => initial * TOKEN,
            None => self.burst * TOKEN,
        })
    }
}

/// Converts a ratio into thousandths.
const fn thousandths(ratio: f64) -> Result<u32, Rule> {
    // Written so that it is false for NaN.
    if !(ratio >= 0.0 && ratio <= 10.0) {
        return Err(RATIO);
    }
    let exact = ratio * 1000.0;
    // It is from 0 to 10,000.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let thousandths = (exact + 0.5) as u32;
    let off = exact - thousandths as f64;
    if off > 1e-6 || off < -1e-6 { Err(RATIO) } else { Ok(thousandths) }
}

/// Returns the settings, or panics, so that a `static` fails to compile.
#[track_caller]
#[inline]
pub(super) const fn accept(checked: Result<Settings, Rule>) -> Settings {
    match checked {
        Ok(settings) => settings,
        Err(rule) => panic!("{}", rule),
    }
}

const RATIO: Rule =
    "`ratio` must be from 0 to 10, in steps of 0.001: 0.1 lets one call of ten be retried";
const BURST: Rule = "`burst` must be from 1 to 100,000 tokens: as many retries may come at once";
const INITIAL: Rule =
    "`initial` must not be above `burst`: set `burst` first, whose default is 100";
const MIN_PER_SECOND: Rule = "`min_per_second` must be from 0 to 100,000 tokens";
