//! The setters of a breaker's settings, each with its limits.

use std::time::Duration;

use super::rules;
use super::{FailureRate, MOST_PROBES, RecoveryBackoff, Settings, SlowCall};
use crate::breaker::window::{Extent, Window};
use crate::clock::saturating_nanos;
use crate::config::Mode;
use crate::failure::FailureKinds;
use crate::setters::Rule;

impl Settings {
    pub(crate) const fn with_failure_threshold(mut self, failures: u32) -> Result<Self, Rule> {
        let Some(failures) = narrow(failures) else { return Err(rules::FAILURE_THRESHOLD) };
        self.failure_threshold = failures;
        Ok(self)
    }

    pub(crate) const fn with_success_threshold(mut self, successes: u32) -> Result<Self, Rule> {
        let Some(successes) = narrow(successes) else { return Err(rules::SUCCESS_THRESHOLD) };
        self.success_threshold = successes;
        Ok(self)
    }

    pub(crate) const fn with_half_open_max_calls(mut self, calls: u32) -> Result<Self, Rule> {
        if calls == 0 || calls > MOST_PROBES as u32 {
            return Err(rules::HALF_OPEN_MAX_CALLS);
        }
        self.half_open_max_calls = Some((calls & 0xFF) as u8);
        Ok(self)
    }

    pub(crate) const fn with_recovery_timeout(mut self, timeout: Duration) -> Result<Self, Rule> {
        let Some(nanos) = millisecond_to_year(timeout) else { return Err(rules::RECOVERY_TIMEOUT) };
        self.recovery_timeout = nanos;
        self.checked_recovery()
    }

    pub(crate) const fn with_probe_timeout(mut self, timeout: Duration) -> Result<Self, Rule> {
        let Some(nanos) = millisecond_to_year(timeout) else { return Err(rules::PROBE_TIMEOUT) };
        self.probe_timeout = Some(nanos);
        Ok(self)
    }

    pub(crate) const fn with_respect_retry_after(mut self, max: Duration) -> Result<Self, Rule> {
        let Some(nanos) = millisecond_to_year(max) else { return Err(rules::RESPECT_RETRY_AFTER) };
        self.respect_retry_after = Some(nanos);
        Ok(self)
    }

    pub(crate) const fn with_recovery_backoff(
        mut self,
        factor: f64,
        max: Duration,
    ) -> Result<Self, Rule> {
        if !factor.is_finite() || factor < 1.0 {
            return Err(rules::RECOVERY_FACTOR);
        }
        let Some(max) = millisecond_to_year(max) else { return Err(rules::RECOVERY_MAX) };
        self.recovery_backoff = Some(RecoveryBackoff { factor, max });
        self.checked_recovery()
    }

    /// Removes the growth of the open phase. Returns its factor and the longest open phase.
    pub(crate) fn take_recovery_backoff(&mut self) -> Option<(f64, Duration)> {
        let RecoveryBackoff { factor, max } = self.recovery_backoff.take()?;
        Some((factor, Duration::from_nanos(max)))
    }

    /// Returns the settings with failures counted in a row.
    pub(crate) const fn without_window(mut self) -> Self {
        self.failure_rate = None;
        self
    }

    const fn checked_recovery(self) -> Result<Self, Rule> {
        match self.recovery_backoff {
            Some(backoff) if backoff.max < self.recovery_timeout => Err(rules::RECOVERY_MAX),
            _ => Ok(self),
        }
    }

    pub(crate) const fn with_failure_rate(
        mut self,
        rate: f64,
        min_calls: u32,
        window: Window,
    ) -> Result<Self, Rule> {
        if !is_rate(rate) {
            return Err(rules::FAILURE_RATE);
        }
        let extent = match window.extent() {
            Ok(extent) => extent,
            Err(violation) => return Err(violation),
        };
        let most = match extent {
            Extent::Calls(count) => count,
            Extent::Time { .. } => 0xFFFF,
        };
        if min_calls == 0 || min_calls > most {
            return Err(rules::MIN_CALLS);
        }
        self.failure_rate = Some(FailureRate { rate, min_calls, extent });
        Ok(self)
    }

    /// Sets the rate of the window, if there is one.
    pub(crate) const fn with_rate(mut self, rate: f64) -> Result<Self, Rule> {
        if !is_rate(rate) {
            return Err(rules::FAILURE_RATE);
        }
        if let Some(criterion) = &mut self.failure_rate {
            criterion.rate = rate;
        }
        Ok(self)
    }

    pub(crate) const fn with_slow_call(
        mut self,
        longer_than: Duration,
        rate: f64,
    ) -> Result<Self, Rule> {
        if longer_than.is_zero() {
            return Err(rules::SLOW_CALL_DURATION);
        }
        if !is_rate(rate) {
            return Err(rules::SLOW_CALL_RATE);
        }
        self.slow_call = Some(SlowCall { longer_than: saturating_nanos(longer_than), rate });
        Ok(self)
    }
}

// These settings have no limits. They return a `Result` for the table of setters.
#[allow(clippy::unnecessary_wraps)]
impl Settings {
    pub(crate) const fn with_trip_on(mut self, kinds: FailureKinds) -> Result<Self, Rule> {
        self.trip_on = kinds;
        Ok(self)
    }

    pub(crate) const fn with_abandoned_after(mut self, limit: Duration) -> Result<Self, Rule> {
        self.abandoned_after = Some(limit);
        Ok(self)
    }

    pub(crate) const fn with_mode(mut self, mode: Mode) -> Result<Self, Rule> {
        self.mode = mode;
        Ok(self)
    }
}

/// Returns the duration in nanoseconds, if it is from 1 ms to 365 days.
const fn millisecond_to_year(duration: Duration) -> Option<u64> {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let nanos = saturating_nanos(duration);
    if nanos < 1_000_000 || nanos > saturating_nanos(LONGEST) { None } else { Some(nanos) }
}

/// Returns whether a rate is above 0 and at most 1. It is not for NaN.
const fn is_rate(rate: f64) -> bool {
    rate > 0.0 && rate <= 1.0
}

/// Returns a count from 1 to 65,535 in the width of the packed state.
const fn narrow(count: u32) -> Option<u16> {
    if count == 0 || count > 0xFFFF { None } else { Some((count & 0xFFFF) as u16) }
}
