//! The settings that may change while calls are made.

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU64, Ordering};

use super::{FailureRate, NANOS_PER_SECOND, Settings, SlowCall};
use crate::breaker::window::Tally;
use crate::config::Mode;

/// The settings that a breaker was built with, and the current values of those that may change.
///
/// All loads and stores are relaxed: each number is within its limits whatever the others are, so a
/// reader that meets a change decides by rules that were both in force a moment ago. A lock keeps
/// two changes apart. The atomics are std's under the model checker too, for the same reason: there
/// is nothing to explore.
#[derive(Debug)]
pub(in crate::breaker) struct CurrentSettings {
    built: Settings,
    recovery_timeout: AtomicU64,
    /// The bits of the rate; unused without a window.
    failure_rate: AtomicU64,
    failure_threshold: AtomicU16,
    success_threshold: AtomicU16,
    mode: AtomicU8,
}

impl CurrentSettings {
    pub(in crate::breaker) const fn new(built: Settings) -> Self {
        Self {
            recovery_timeout: AtomicU64::new(built.recovery_timeout),
            failure_rate: AtomicU64::new(rate_of(&built).to_bits()),
            failure_threshold: AtomicU16::new(built.failure_threshold),
            success_threshold: AtomicU16::new(built.success_threshold),
            mode: AtomicU8::new(built.mode as u8),
            built,
        }
    }

    /// Returns the settings that the breaker was built with. Of these, the ones that have a getter
    /// here may have changed.
    pub(in crate::breaker) const fn built(&self) -> &Settings {
        &self.built
    }

    /// Replaces what may change by the values of these settings.
    pub(in crate::breaker) fn change(&self, to: &Settings) {
        self.recovery_timeout.store(to.recovery_timeout, Ordering::Relaxed);
        self.failure_rate.store(rate_of(to).to_bits(), Ordering::Relaxed);
        self.failure_threshold.store(to.failure_threshold, Ordering::Relaxed);
        self.success_threshold.store(to.success_threshold, Ordering::Relaxed);
        self.mode.store(to.mode as u8, Ordering::Relaxed);
    }

    /// Returns the configured mode. An operator may have set another.
    pub(in crate::breaker) fn mode(&self) -> Mode {
        // The list has the order of the declaration.
        Mode::LIST[usize::from(self.mode.load(Ordering::Relaxed))]
    }

    pub(in crate::breaker) fn failure_threshold(&self) -> u16 {
        self.failure_threshold.load(Ordering::Relaxed)
    }

    pub(in crate::breaker) fn success_threshold(&self) -> u16 {
        self.success_threshold.load(Ordering::Relaxed)
    }

    /// Returns how long a probe keeps its slot, in nanoseconds.
    pub(in crate::breaker) fn probe_timeout(&self) -> u64 {
        let recovery_timeout = self.recovery_timeout.load(Ordering::Relaxed);
        self.built.probe_timeout.unwrap_or(recovery_timeout.max(60 * NANOS_PER_SECOND))
    }

    /// Returns the length of the open phase, in nanoseconds, after so many failed recoveries.
    pub(in crate::breaker) fn open_for(&self, failed_recoveries: impl FnOnce() -> u64) -> u64 {
        let first = self.recovery_timeout.load(Ordering::Relaxed);
        match self.built.recovery_backoff {
            None => first,
            Some(backoff) => backoff.grown(first, failed_recoveries()),
        }
    }

    /// Returns the share of failed calls that opens the breaker, if it has a window.
    pub(in crate::breaker) fn failure_rate(&self) -> Option<f64> {
        self.built.has_window().then(|| f64::from_bits(self.failure_rate.load(Ordering::Relaxed)))
    }

    /// Returns whether the contents of the window open the breaker.
    pub(in crate::breaker) fn opens_at(&self, tally: Tally) -> bool {
        let (Some(rate), Some(FailureRate { min_calls, .. })) =
            (self.failure_rate(), self.built.failure_rate)
        else {
            return false;
        };
        // Divided and not multiplied: a quotient is rounded just as the literal of the rate was, so
        // 7 of 100 are not below 0.07.
        #[allow(clippy::cast_precision_loss)] // Counts stay far below 2^53.
        let share = |count: u64| count as f64 / tally.calls as f64;
        let slow = |SlowCall { rate, .. }| share(tally.slow) >= rate;
        tally.calls >= u64::from(min_calls)
            && (share(tally.failures) >= rate || self.built.slow_call.is_some_and(slow))
    }
}

const fn rate_of(settings: &Settings) -> f64 {
    match settings.failure_rate {
        Some(FailureRate { rate, .. }) => rate,
        None => 1.0,
    }
}
