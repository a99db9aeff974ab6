//! The settings of a breaker.

pub(crate) mod rules;
mod setters;

use std::sync::PoisonError;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use super::window::{Extent, Tally, View};
use crate::config::Mode;
use crate::failure::{FailureKind, FailureKinds};
use crate::sync::{Mutex, MutexGuard};

/// The settings that a breaker is built with. The setters never break a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    // Times are in nanoseconds, because they are added to timestamps. A `u64` holds 584 years.
    recovery_timeout: u64,
    recovery_backoff: Option<RecoveryBackoff>,
    probe_timeout: Option<u64>,
    // The longest hint that an open phase respects.
    respect_retry_after: Option<u64>,
    // Replaces `failure_threshold`.
    failure_rate: Option<FailureRate>,
    slow_call: Option<SlowCall>,
    pub(super) abandoned_after: Option<Duration>,
    failure_threshold: u16,
    success_threshold: u16,
    half_open_max_calls: Option<u8>,
    pub(crate) trip_on: FailureKinds,
    // The initial mode. `set_mode` changes the packed state instead.
    pub(super) mode: Mode,
}

/// The growth of the open phase while probes keep failing.
#[derive(Debug, Clone, Copy)]
struct RecoveryBackoff {
    factor: f64,
    // In nanoseconds.
    max: u64,
}

/// The share of failed calls that opens the breaker.
#[derive(Debug, Clone, Copy)]
struct FailureRate {
    rate: f64,
    min_calls: u32,
    extent: Extent,
}

/// The duration above which a call is slow, and the share of slow calls that opens the breaker.
#[derive(Debug, Clone, Copy)]
struct SlowCall {
    // In nanoseconds.
    longer_than: u64,
    rate: f64,
}

/// The end of a call, as the breaker sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Failure,
    /// The outcome says nothing about the dependency.
    Ignored,
}

impl Settings {
    pub(crate) const DEFAULT: Self = Self {
        recovery_timeout: 60 * NANOS_PER_SECOND,
        recovery_backoff: None,
        probe_timeout: None,
        respect_retry_after: None,
        failure_rate: None,
        slow_call: None,
        abandoned_after: None,
        failure_threshold: 5,
        success_threshold: 2,
        half_open_max_calls: None,
        trip_on: FailureKinds::TRANSIENT.with(FailureKind::MidStream),
        mode: Mode::Enforce,
    };

    /// Returns the length of the first open phase, in nanoseconds.
    pub(crate) const fn recovery_timeout(&self) -> u64 {
        self.recovery_timeout
    }

    /// Returns whether calls are counted in a window.
    pub(crate) const fn has_window(&self) -> bool {
        self.failure_rate.is_some()
    }

    /// Returns whether calls are counted in a window of time.
    pub(super) const fn has_window_of_time(&self) -> bool {
        matches!(self.extent(), Some(Extent::Time { .. }))
    }

    /// Returns whether the clock must be read when a call begins.
    pub(super) const fn times_calls(&self) -> bool {
        self.abandoned_after.is_some() || self.slow_call.is_some()
    }

    /// Returns whether a success has an effect even if no failure came before it.
    pub(super) const fn records_successes(&self) -> bool {
        self.has_window() || self.slow_call.is_some()
    }

    /// Returns whether the outcome of a call depends on how long it took.
    pub(super) const fn has_slow_call(&self) -> bool {
        self.slow_call.is_some()
    }

    /// Returns whether a call that took this many nanoseconds is slow.
    pub(super) fn is_slow(&self, took: u64) -> bool {
        self.slow_call.is_some_and(|slow| took > slow.longer_than)
    }

    /// Returns the extent of the window, if there is one.
    pub(super) const fn extent(&self) -> Option<Extent> {
        match self.failure_rate {
            Some(FailureRate { extent, .. }) => Some(extent),
            None => None,
        }
    }

    /// Returns the window as a generation sees it.
    pub(super) fn view(&self, generation: u64) -> Option<View> {
        let extent = self.extent()?;
        Some(View { extent, with_slow: self.slow_call.is_some(), generation })
    }

    /// Returns the number of slots. A later change of `success_threshold` does not affect it.
    pub(super) const fn half_open_max_calls(&self) -> u8 {
        match self.half_open_max_calls {
            Some(calls) => calls,
            None if self.success_threshold < MOST_PROBES as u16 => {
                (self.success_threshold & 0xFF) as u8
            }
            None => MOST_PROBES,
        }
    }

    /// Returns the outcome of a call that failed with this kind.
    pub(super) const fn outcome(&self, kind: FailureKind) -> Outcome {
        if self.trip_on.contains(kind) {
            return Outcome::Failure;
        }
        match kind {
            // These failures arise on this side, so they say nothing about the dependency.
            FailureKind::CircuitOpen | FailureKind::Bug | FailureKind::ResourceExhausted => {
                Outcome::Ignored
            }
            // The dependency answered.
            _ => Outcome::Success,
        }
    }
}

/// The settings that a breaker was built with, and the current values of those that can change.
///
/// All loads and stores are relaxed. A reader may see a change half made, because any mix of old
/// and new values is valid. For the same reason, the atomics are std's under the model checker too.
#[derive(Debug)]
pub(super) struct CurrentSettings {
    built: Settings,
    changing: Mutex<()>,
    recovery_timeout: AtomicU64,
    /// 0 if hints are not respected.
    longest_hint: AtomicU64,
    /// The bits of the rate. Unused without a window.
    failure_rate: AtomicU64,
    failure_threshold: AtomicU16,
    success_threshold: AtomicU16,
    mode: AtomicU8,
}

impl CurrentSettings {
    pub(super) const fn new(built: Settings) -> Self {
        Self {
            recovery_timeout: AtomicU64::new(built.recovery_timeout),
            longest_hint: AtomicU64::new(longest_hint_of(&built)),
            failure_rate: AtomicU64::new(rate_of(&built).to_bits()),
            failure_threshold: AtomicU16::new(built.failure_threshold),
            success_threshold: AtomicU16::new(built.success_threshold),
            mode: AtomicU8::new(built.mode as u8),
            changing: Mutex::new(()),
            built,
        }
    }

    /// Returns the settings that the breaker was built with. Those with a getter here may have
    /// changed since.
    pub(super) const fn built(&self) -> &Settings {
        &self.built
    }

    /// Locks out other changes of these settings. Two simultaneous changes could mix their values.
    pub(super) fn changing(&self) -> MutexGuard<'_, ()> {
        // A change that a panic interrupted is overwritten by the next one.
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the settings that can change with these values. The caller holds
    /// [`changing`](Self::changing) or the only reference.
    pub(super) fn change(&self, to: &Settings) {
        self.recovery_timeout.store(to.recovery_timeout, Ordering::Relaxed);
        self.longest_hint.store(longest_hint_of(to), Ordering::Relaxed);
        self.failure_rate.store(rate_of(to).to_bits(), Ordering::Relaxed);
        self.failure_threshold.store(to.failure_threshold, Ordering::Relaxed);
        self.success_threshold.store(to.success_threshold, Ordering::Relaxed);
        self.mode.store(to.mode as u8, Ordering::Relaxed);
    }

    /// Returns the configured mode. An operator may have set another one.
    pub(super) fn mode(&self) -> Mode {
        // `LIST` has the order of the declaration.
        Mode::LIST[usize::from(self.mode.load(Ordering::Relaxed))]
    }

    pub(super) fn failure_threshold(&self) -> u16 {
        self.failure_threshold.load(Ordering::Relaxed)
    }

    pub(super) fn success_threshold(&self) -> u16 {
        self.success_threshold.load(Ordering::Relaxed)
    }

    /// Returns the length of the first open phase, in nanoseconds.
    pub(super) fn recovery_timeout(&self) -> u64 {
        self.recovery_timeout.load(Ordering::Relaxed)
    }

    /// Returns the time for which a probe keeps its slot, in nanoseconds.
    pub(super) fn probe_timeout(&self) -> u64 {
        self.built.probe_timeout.unwrap_or(self.recovery_timeout().max(60 * NANOS_PER_SECOND))
    }

    /// Returns the longest hint that an open phase respects, in nanoseconds. 0 if it respects none.
    #[inline]
    pub(super) fn longest_hint(&self) -> u64 {
        self.longest_hint.load(Ordering::Relaxed)
    }

    /// Returns the length of the open phase, in nanoseconds, after this many failed recoveries and
    /// an error with this hint, or 0.
    pub(super) fn open_for(&self, failed_recoveries: impl FnOnce() -> u64, hint: u64) -> u64 {
        let by_recoveries = self.open_without_hint_for(failed_recoveries);
        if hint == 0 { by_recoveries } else { by_recoveries.max(hint.min(self.longest_hint())) }
    }

    /// Returns the longest possible open phase, in nanoseconds.
    #[cfg(feature = "fleet")]
    pub(super) fn longest_open(&self) -> u64 {
        let grown = self.built.recovery_backoff.map_or(0, |backoff| backoff.max);
        self.recovery_timeout().max(grown).max(self.longest_hint())
    }

    fn open_without_hint_for(&self, failed_recoveries: impl FnOnce() -> u64) -> u64 {
        let first = self.recovery_timeout();
        let Some(RecoveryBackoff { factor, max }) = self.built.recovery_backoff else {
            return first;
        };
        let exponent = i32::try_from(failed_recoveries()).unwrap_or(i32::MAX);
        // The conversions saturate, and an infinite product is above any maximum. Beyond 104 days,
        // a float of 53 bits is off by a nanosecond or two.
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let grown = (first as f64 * factor.powi(exponent)) as u64;
        grown.clamp(first, max)
    }

    /// Returns the failure rate that opens the breaker, if the breaker has a window.
    pub(super) fn failure_rate(&self) -> Option<f64> {
        self.built.has_window().then(|| f64::from_bits(self.failure_rate.load(Ordering::Relaxed)))
    }

    /// Returns whether the contents of the window open the breaker.
    #[inline]
    pub(super) fn opens_at(&self, tally: &Tally) -> bool {
        let Some(FailureRate { min_calls, .. }) = self.built.failure_rate else { return false };
        let rate = f64::from_bits(self.failure_rate.load(Ordering::Relaxed));
        // Division instead of multiplication: a quotient is rounded like the literal of the rate,
        // so 7 of 100 are not below 0.07.
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

const fn longest_hint_of(settings: &Settings) -> u64 {
    match settings.respect_retry_after {
        Some(longest) => longest,
        None => 0,
    }
}

/// The maximum number of simultaneous probes.
pub(super) const MOST_PROBES: u8 = 16;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

#[cfg(test)]
mod tests;
