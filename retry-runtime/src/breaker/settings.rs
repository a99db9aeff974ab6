//! The settings of a breaker.

mod current;
pub(crate) mod rules;

use std::time::Duration;

pub(super) use current::CurrentSettings;
pub(crate) use rules::Rule;

use super::window::{Extent, View};
use crate::config::Mode;
use crate::failure::{FailureKind, FailureKinds};

/// The settings that a breaker is built with. Its setters make none that breaks a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    // Times are in nanoseconds, since they are added to stamps; a year fits 600 times.
    recovery_timeout: u64,
    recovery_backoff: Option<RecoveryBackoff>,
    probe_timeout: Option<u64>,
    // Replaces `failure_threshold`.
    failure_rate: Option<FailureRate>,
    slow_call: Option<SlowCall>,
    pub(super) abandoned_after: Option<Duration>,
    failure_threshold: u16,
    success_threshold: u16,
    half_open_max_calls: Option<u8>,
    pub(crate) trip_on: FailureKinds,
    // The mode that the breaker begins with; `set_mode` changes the packed state.
    pub(super) mode: Mode,
}

/// How the open phase grows while probes keep failing.
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
    longer_than: Duration,
    rate: f64,
}

impl RecoveryBackoff {
    fn grown(self, first: u64, failed_recoveries: u64) -> u64 {
        let exponent = i32::try_from(failed_recoveries).unwrap_or(i32::MAX);
        // The conversions saturate, and an infinite product is above any maximum. Beyond 104 days a
        // float of 53 bits rounds off a nanosecond or two.
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss
        )]
        let grown = (first as f64 * self.factor.powi(exponent)) as u64;
        grown.clamp(first, self.max)
    }
}

/// How a call ended, as the breaker sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Failure,
    /// Says nothing about the dependency.
    Ignored,
}

impl Settings {
    pub(crate) const DEFAULT: Self = Self {
        recovery_timeout: 60 * NANOS_PER_SECOND,
        recovery_backoff: None,
        probe_timeout: None,
        failure_rate: None,
        slow_call: None,
        abandoned_after: None,
        failure_threshold: 5,
        success_threshold: 2,
        half_open_max_calls: None,
        trip_on: FailureKinds::TRANSIENT.with(FailureKind::MidStream),
        mode: Mode::Enforce,
    };

    /// Returns the first open phase, in nanoseconds.
    pub(crate) const fn recovery_timeout(&self) -> u64 {
        self.recovery_timeout
    }

    /// Returns whether calls are counted in a window.
    pub(crate) const fn has_window(&self) -> bool {
        self.failure_rate.is_some()
    }

    /// Returns whether the clock has to be read when a call begins.
    pub(super) const fn times_calls(&self) -> bool {
        self.abandoned_after.is_some() || self.slow_call.is_some()
    }

    /// Returns whether a success changes something even if no failure came before it.
    pub(super) const fn records_successes(&self) -> bool {
        self.has_window() || self.slow_call.is_some()
    }

    /// Returns whether the outcome of a call depends on how long it took.
    pub(super) const fn has_slow_call(&self) -> bool {
        self.slow_call.is_some()
    }

    pub(super) fn is_slow(&self, took: Duration) -> bool {
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

    /// Returns the number of slots, which stays what it was built with if another
    /// `success_threshold` is set while the breaker is in use.
    pub(super) const fn half_open_max_calls(&self) -> u8 {
        match self.half_open_max_calls {
            Some(calls) => calls,
            None if self.success_threshold < MOST_PROBES as u16 => {
                (self.success_threshold & 0xFF) as u8
            }
            None => MOST_PROBES,
        }
    }

    /// Returns what a failure of this kind says about the dependency.
    pub(super) const fn outcome(&self, kind: FailureKind) -> Outcome {
        if self.trip_on.contains(kind) {
            return Outcome::Failure;
        }
        match kind {
            // Made on our side: whether the dependency works is as unknown as before.
            FailureKind::CircuitOpen | FailureKind::Bug | FailureKind::ResourceExhausted => {
                Outcome::Ignored
            }
            // It answered.
            _ => Outcome::Success,
        }
    }
}

/// The most probes there may be at a time.
pub(super) const MOST_PROBES: u8 = 16;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

#[cfg(test)]
mod tests;
