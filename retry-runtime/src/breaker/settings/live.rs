//! The settings that may change while calls are made.

use std::ops::Deref;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU64, Ordering};

use super::{FailureRate, Settings, SlowCall};
use crate::breaker::window::Tally;
use crate::config::Mode;

/// What a breaker was made with, and what holds now of that which may change.
///
/// All loads and stores are relaxed: each number stands alone and is within its limits beside all the others, so whoever
/// reads some before a change and some after it decides by rules that were both in force a moment ago. Whoever changes them
/// is alone, by a lock. The atomics are
/// std's under the model checker too, for the same reason: there is nothing to explore.
#[derive(Debug)]
pub(in crate::breaker) struct Live {
    made: Settings,
    recovery_timeout: AtomicU64,
    /// The bits of the share; of no account without a window.
    failure_rate: AtomicU64,
    failure_threshold: AtomicU16,
    success_threshold: AtomicU16,
    mode: AtomicU8,
}

/// Not through [`Deref`]: what is read here is what may change.
impl Live {
    #[inline]
    pub(in crate::breaker) const fn new(made: Settings) -> Self {
        Self {
            recovery_timeout: AtomicU64::new(made.recovery_timeout),
            failure_rate: AtomicU64::new(rate_of(&made).to_bits()),
            failure_threshold: AtomicU16::new(made.failure_threshold),
            success_threshold: AtomicU16::new(made.success_threshold),
            mode: AtomicU8::new(number(made.mode)),
            made,
        }
    }

    /// What the breaker was made with.
    #[inline]
    pub(in crate::breaker) const fn made(&self) -> Settings {
        self.made
    }

    /// From now on what may change is as in these settings.
    #[inline]
    pub(in crate::breaker) fn change(&self, to: &Settings) {
        self.recovery_timeout.store(to.recovery_timeout, Ordering::Relaxed);
        self.failure_rate.store(rate_of(to).to_bits(), Ordering::Relaxed);
        self.failure_threshold.store(to.failure_threshold, Ordering::Relaxed);
        self.success_threshold.store(to.success_threshold, Ordering::Relaxed);
        self.mode.store(number(to.mode), Ordering::Relaxed);
    }

    /// The mode that the breaker was made with, or that took its place; an operator may have set another.
    #[inline]
    pub(in crate::breaker) fn mode(&self) -> Mode {
        match self.mode.load(Ordering::Relaxed) {
            0 => Mode::Enforce,
            1 => Mode::Observe,
            _ => Mode::Off,
        }
    }

    #[inline]
    pub(in crate::breaker) fn failure_threshold(&self) -> u16 {
        self.failure_threshold.load(Ordering::Relaxed)
    }

    #[inline]
    pub(in crate::breaker) fn success_threshold(&self) -> u16 {
        self.success_threshold.load(Ordering::Relaxed)
    }

    /// In nanoseconds.
    #[inline]
    pub(in crate::breaker) fn recovery_timeout(&self) -> u64 {
        self.recovery_timeout.load(Ordering::Relaxed)
    }

    /// How long it stays open, in nanoseconds, given how many recoveries have failed since it tripped.
    #[inline]
    pub(in crate::breaker) fn open_for(&self, failed_recoveries: impl FnOnce() -> u64) -> u64 {
        let first = self.recovery_timeout();
        match self.made.recovery_backoff {
            None => first,
            Some(backoff) => backoff.grown(first, failed_recoveries()),
        }
    }

    /// The share of failed calls that opens it, with a window.
    #[inline]
    pub(in crate::breaker) fn rate(&self) -> Option<f64> {
        self.made.has_window().then(|| f64::from_bits(self.failure_rate.load(Ordering::Relaxed)))
    }

    /// Whether what the window holds opens the breaker.
    pub(in crate::breaker) fn opens_at(&self, tally: Tally) -> bool {
        let (Some(rate), Some(FailureRate { min_calls, .. })) =
            (self.rate(), self.made.failure_rate)
        else {
            return false;
        };
        // Divided and not multiplied: a quotient is rounded just as the literal of the rate was, so that 7 of
        // 100 are not below 0.07.
        #[allow(clippy::cast_precision_loss)] // Counts stay far below 2^53.
        let share = |count: u64| count as f64 / tally.calls as f64;
        let slow = |SlowCall { rate, .. }| share(tally.slow) >= rate;
        tally.calls >= u64::from(min_calls)
            && (share(tally.failures) >= rate || self.made.slow_call.is_some_and(slow))
    }
}

impl Deref for Live {
    type Target = Settings;

    #[inline]
    fn deref(&self) -> &Settings {
        &self.made
    }
}

const fn rate_of(settings: &Settings) -> f64 {
    match settings.failure_rate {
        Some(FailureRate { rate, .. }) => rate,
        None => 1.0,
    }
}

const fn number(mode: Mode) -> u8 {
    match mode {
        Mode::Enforce => 0,
        Mode::Observe => 1,
        Mode::Off => 2,
    }
}
