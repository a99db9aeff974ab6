//! What a breaker was told, and what comes of it; the rules stand in `rules`, and what may change in `live`.

mod live;
mod rules;

use std::time::Duration;

pub(super) use live::Live;

use super::violation::Violation;
use super::window::{Extent, View};
use crate::config::Mode;
use crate::failure::{FailureKind, FailureKinds};

/// The settings of a breaker. There is no way to make one that breaks a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    // In nanoseconds, since they are added to stamps; a year fits 600 times.
    recovery_timeout: u64,
    recovery_backoff: Option<RecoveryBackoff>,
    // Instead of `failure_threshold`.
    failure_rate: Option<FailureRate>,
    slow_call: Option<SlowCall>,
    abandoned_after: Option<Duration>,
    failure_threshold: u16,
    success_threshold: u16,
    // 0: as many as `success_threshold`.
    half_open_max_calls: u16,
    trip_on: FailureKinds,
    // The one it begins with; `set_mode` changes the word.
    mode: Mode,
}

/// How the open phase grows while probes go on failing.
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

/// From when on a call is slow, and the share of slow ones that opens the breaker.
#[derive(Debug, Clone, Copy)]
struct SlowCall {
    longer_than: Duration,
    rate: f64,
}

impl RecoveryBackoff {
    #[inline(never)]
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

/// What an outcome says of the dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Success,
    Failure,
    Neutral,
}

impl Settings {
    pub(crate) const DEFAULT: Self = Self {
        recovery_timeout: 60 * NANOS_PER_SECOND,
        recovery_backoff: None,
        failure_rate: None,
        slow_call: None,
        abandoned_after: None,
        failure_threshold: 5,
        success_threshold: 2,
        half_open_max_calls: 0,
        trip_on: FailureKinds::TRANSIENT.with(FailureKind::MidStream),
        mode: Mode::Enforce,
    };

    pub(super) const fn mode(&self) -> Mode {
        self.mode
    }

    /// In nanoseconds.
    pub(crate) const fn recovery_timeout(&self) -> u64 {
        self.recovery_timeout
    }

    /// Whether calls are counted in a window.
    pub(crate) const fn has_window(&self) -> bool {
        self.failure_rate.is_some()
    }

    /// Whether the clock has to be read when a call begins.
    pub(super) const fn times_calls(&self) -> bool {
        self.abandoned_after.is_some() || self.slow_call.is_some()
    }

    /// Whether a good call changes something even where no failure came before it.
    pub(super) const fn records_all(&self) -> bool {
        self.has_window() || self.slow_call.is_some()
    }

    /// Whether a verdict, in any state, takes the time that the call took.
    pub(super) const fn tells_slow(&self) -> bool {
        self.slow_call.is_some()
    }

    pub(super) fn is_slow(&self, took: Duration) -> bool {
        self.slow_call.is_some_and(|slow| took > slow.longer_than)
    }

    /// What the window is taken over, if there is one.
    #[inline]
    pub(super) const fn extent(&self) -> Option<Extent> {
        match self.failure_rate {
            Some(FailureRate { extent, .. }) => Some(extent),
            None => None,
        }
    }

    /// The window as a generation sees it.
    pub(super) fn view(&self, generation: u64) -> Option<View> {
        let extent = self.extent()?;
        Some(View { extent, with_slow: self.slow_call.is_some(), generation })
    }

    pub(super) const fn abandoned_after(&self) -> Option<Duration> {
        self.abandoned_after
    }

    /// Also where another `success_threshold` has taken the place of this one: the slots of an episode keep their number.
    pub(super) const fn half_open_max_calls(&self) -> u16 {
        if self.half_open_max_calls == 0 {
            self.success_threshold
        } else {
            self.half_open_max_calls
        }
    }

    pub(super) const fn trips_on(&self, kind: FailureKind) -> bool {
        self.trip_on.contains(kind)
    }

    /// What a failure of this kind says of the dependency.
    pub(super) const fn verdict(&self, kind: FailureKind) -> Verdict {
        if self.trips_on(kind) {
            return Verdict::Failure;
        }
        match kind {
            // Made on our side: whether the dependency works is as unknown as before.
            FailureKind::CircuitOpen | FailureKind::Bug | FailureKind::ResourceExhausted => {
                Verdict::Neutral
            }
            // It answered.
            _ => Verdict::Success,
        }
    }
}

/// The settings, or the panic that makes a `static` fail to compile.
#[track_caller]
#[inline]
pub(crate) const fn accept(checked: Result<Settings, Violation>) -> Settings {
    match checked {
        Ok(settings) => settings,
        Err(violation) => panic!("{}", violation.text()),
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

#[cfg(test)]
mod tests;
