//! The setters of a breaker's settings, each with its limits.
//!
//! They are `#[inline]`, like the builder's methods: the compiler evaluates those of a `static`, so
//! they are compiled only in crates that call them at run time.

use std::time::Duration;

use super::{
    FailureRate, MOST_PROBES, NANOS_PER_SECOND, RecoveryBackoff, Settings, SlowCall, Violation,
};
use crate::breaker::window::{Extent, Window};
use crate::config::Mode;
use crate::failure::FailureKinds;

impl Settings {
    #[inline]
    pub(crate) const fn with_failure_threshold(mut self, failures: u32) -> Result<Self, Violation> {
        let Some(failures) = narrow(failures) else { return Err(Violation::FailureThreshold) };
        self.failure_threshold = failures;
        Ok(self)
    }

    #[inline]
    pub(crate) const fn with_success_threshold(
        mut self,
        successes: u32,
    ) -> Result<Self, Violation> {
        let Some(successes) = narrow(successes) else { return Err(Violation::SuccessThreshold) };
        self.success_threshold = successes;
        Ok(self)
    }

    #[inline]
    pub(crate) const fn with_half_open_max_calls(mut self, calls: u32) -> Result<Self, Violation> {
        if calls == 0 || calls > MOST_PROBES as u32 {
            return Err(Violation::HalfOpenMaxCalls);
        }
        self.half_open_max_calls = Some((calls & 0xFF) as u8);
        Ok(self)
    }

    #[inline]
    pub(crate) const fn with_recovery_timeout(
        mut self,
        timeout: Duration,
    ) -> Result<Self, Violation> {
        let Some(nanos) = millisecond_to_year(timeout) else {
            return Err(Violation::RecoveryTimeout);
        };
        self.recovery_timeout = nanos;
        self.checked_recovery()
    }

    #[inline]
    pub(crate) const fn with_probe_timeout(mut self, timeout: Duration) -> Result<Self, Violation> {
        let Some(nanos) = millisecond_to_year(timeout) else {
            return Err(Violation::ProbeTimeout);
        };
        self.probe_timeout = Some(nanos);
        Ok(self)
    }

    #[inline]
    pub(crate) const fn with_recovery_backoff(
        mut self,
        factor: f64,
        max: Duration,
    ) -> Result<Self, Violation> {
        if !factor.is_finite() || factor < 1.0 {
            return Err(Violation::RecoveryFactor);
        }
        let Some(max) = up_to_a_year(max) else { return Err(Violation::RecoveryMax) };
        self.recovery_backoff = Some(RecoveryBackoff { factor, max });
        self.checked_recovery()
    }

    /// Returns the factor and the longest open phase.
    #[inline]
    pub(crate) const fn recovery_backoff(&self) -> Option<(f64, Duration)> {
        match self.recovery_backoff {
            Some(RecoveryBackoff { factor, max }) => Some((factor, Duration::from_nanos(max))),
            None => None,
        }
    }

    #[inline]
    pub(crate) const fn without_recovery_backoff(mut self) -> Self {
        self.recovery_backoff = None;
        self
    }

    /// Returns the settings with failures counted in a row.
    #[inline]
    pub(crate) const fn without_window(mut self) -> Self {
        self.failure_rate = None;
        self
    }

    #[inline]
    const fn checked_recovery(self) -> Result<Self, Violation> {
        match self.recovery_backoff {
            Some(backoff) if backoff.max < self.recovery_timeout => Err(Violation::RecoveryMax),
            _ => Ok(self),
        }
    }

    #[inline]
    pub(crate) const fn with_failure_rate(
        mut self,
        rate: f64,
        min_calls: u32,
        window: Window,
    ) -> Result<Self, Violation> {
        if !is_rate(rate) {
            return Err(Violation::FailureRate);
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
            return Err(Violation::MinCalls);
        }
        self.failure_rate = Some(FailureRate { rate, min_calls, extent });
        Ok(self)
    }

    /// Sets the rate of the window, if there is one.
    #[inline]
    pub(crate) const fn with_rate(mut self, rate: f64) -> Result<Self, Violation> {
        if !is_rate(rate) {
            return Err(Violation::FailureRate);
        }
        if let Some(criterion) = &mut self.failure_rate {
            criterion.rate = rate;
        }
        Ok(self)
    }

    #[inline]
    pub(crate) const fn with_slow_call(
        mut self,
        longer_than: Duration,
        rate: f64,
    ) -> Result<Self, Violation> {
        if longer_than.is_zero() {
            return Err(Violation::SlowCallDuration);
        }
        if !is_rate(rate) {
            return Err(Violation::SlowCallRate);
        }
        self.slow_call = Some(SlowCall { longer_than, rate });
        Ok(self)
    }

    #[inline]
    pub(crate) const fn with_trip_on(mut self, kinds: FailureKinds) -> Self {
        self.trip_on = kinds;
        self
    }

    #[inline]
    pub(crate) const fn with_abandoned_after(mut self, limit: Duration) -> Self {
        self.abandoned_after = Some(limit);
        self
    }

    #[inline]
    pub(crate) const fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }
}

/// Returns the duration in nanoseconds, if it is within the limits of a timeout.
#[inline]
const fn millisecond_to_year(timeout: Duration) -> Option<u64> {
    const SHORTEST: Duration = Duration::from_millis(1);
    if timeout.as_nanos() < SHORTEST.as_nanos() { None } else { up_to_a_year(timeout) }
}

/// Returns the duration in nanoseconds, if it is at most 365 days.
#[inline]
const fn up_to_a_year(duration: Duration) -> Option<u64> {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    if duration.as_nanos() > LONGEST.as_nanos() {
        return None;
    }
    Some(duration.as_secs() * NANOS_PER_SECOND + duration.subsec_nanos() as u64)
}

/// Returns whether a rate is above 0 and at most 1, which NaN is not.
#[inline]
const fn is_rate(rate: f64) -> bool {
    rate > 0.0 && rate <= 1.0
}

/// Returns a count from 1 to 65,535, which fits the packed state.
#[inline]
const fn narrow(count: u32) -> Option<u16> {
    if count == 0 || count > 0xFFFF { None } else { Some((count & 0xFFFF) as u16) }
}
