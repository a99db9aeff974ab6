//! Other thresholds and another mode for a breaker that is in use.
//!
//! `#[inline]`: only those who change settings at run time compile it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::settings::Settings;
use super::{CircuitBreaker, CircuitBreakers};
use crate::config::{ConfigError, Mode};

/// Settings that take the place of those that a breaker was made with, while it is in use.
///
/// What is not set stays as the breaker was made. The limits are those of the breaker's own setters. The other settings,
/// such as the window, `slow_call` or `half_open_max_calls`, say what a breaker remembers and cannot change while it does;
/// so a breaker that follows `success_threshold` with its probes goes on with as many as before.
///
/// ```
/// use retry_runtime::registry::BreakerOverride;
/// use retry_runtime::{CircuitBreaker, Mode};
///
/// static BILLING: CircuitBreaker = CircuitBreaker::new("billing");
///
/// BILLING.reconfigure(&BreakerOverride::new().failure_threshold(20).mode(Mode::Observe))?;
/// assert_eq!(BILLING.snapshot().failure_threshold, 20);
///
/// // All as it was made:
/// BILLING.reconfigure(&BreakerOverride::new())?;
/// # Ok::<(), retry_runtime::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct BreakerOverride {
    /// At how many failures in a row it opens, for a breaker that counts them. 1 to 65,535.
    pub failure_threshold: Option<u32>,
    /// At which share of failed calls it opens, for a breaker with a window. Above 0 and at most 1.
    pub failure_rate: Option<f64>,
    /// How long it stays open, from 1 ms to 365 days; one that is open goes by it at once.
    pub recovery_timeout: Option<Duration>,
    /// How many good probes close it. 1 to 65,535.
    pub success_threshold: Option<u32>,
    /// Whether it enforces, observes or is switched off.
    pub mode: Option<Mode>,
}

impl BreakerOverride {
    /// Nothing but what the breaker was made with.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self {
            failure_threshold: None,
            failure_rate: None,
            recovery_timeout: None,
            success_threshold: None,
            mode: None,
        }
    }

    /// Sets [`failure_threshold`](#structfield.failure_threshold). Default: as the breaker was made.
    #[must_use]
    #[inline]
    pub const fn failure_threshold(mut self, failures: u32) -> Self {
        self.failure_threshold = Some(failures);
        self
    }

    /// Sets [`failure_rate`](#structfield.failure_rate). Default: as the breaker was made.
    #[must_use]
    #[inline]
    pub const fn failure_rate(mut self, rate: f64) -> Self {
        self.failure_rate = Some(rate);
        self
    }

    /// Sets [`recovery_timeout`](#structfield.recovery_timeout). Default: as the breaker was made.
    #[must_use]
    #[inline]
    pub const fn recovery_timeout(mut self, timeout: Duration) -> Self {
        self.recovery_timeout = Some(timeout);
        self
    }

    /// Sets [`success_threshold`](#structfield.success_threshold). Default: as the breaker was made.
    #[must_use]
    #[inline]
    pub const fn success_threshold(mut self, successes: u32) -> Self {
        self.success_threshold = Some(successes);
        self
    }

    /// Sets [`mode`](#structfield.mode). Default: as the breaker was made.
    #[must_use]
    #[inline]
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// The rules that hold whatever the breaker is.
    #[inline]
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.over(&Settings::DEFAULT, |_| true).map(drop)
    }

    /// The settings of a breaker that was made with these; `has` says which settings are of account to it.
    #[inline]
    fn over(
        &self,
        original: &Settings,
        has: impl Fn(Criterion) -> bool,
    ) -> Result<Settings, ConfigError> {
        let mut settings = *original;
        if let Some(failures) = self.failure_threshold {
            let error = |rule| ConfigError::new("failure_threshold", failures.to_string(), rule);
            if !has(Criterion::InARow) {
                return Err(error(
                    "has no effect on a breaker that opens at a share of failed calls: set `failure_rate` instead",
                ));
            }
            settings = settings.with_failure_threshold(failures).map_err(|v| error(v.text()))?;
        }
        if let Some(rate) = self.failure_rate {
            let error = |rule| ConfigError::new("failure_rate", rate.to_string(), rule);
            if !has(Criterion::Share) {
                return Err(error(
                    "has no effect on a breaker without a window, which it cannot get while it is in use: set `failure_threshold` instead, or `failure_rate` where the breaker is made",
                ));
            }
            settings = settings.with_rate(rate).map_err(|v| error(v.text()))?;
        }
        if let Some(timeout) = self.recovery_timeout {
            let error = |rule| ConfigError::new("recovery_timeout", format!("{timeout:?}"), rule);
            settings = settings.with_recovery_timeout(timeout).map_err(|v| error(v.text()))?;
        }
        if let Some(successes) = self.success_threshold {
            let error = |rule| ConfigError::new("success_threshold", successes.to_string(), rule);
            settings = settings.with_success_threshold(successes).map_err(|v| error(v.text()))?;
        }
        Ok(match self.mode {
            Some(mode) => settings.with_mode(mode),
            None => settings,
        })
    }

    #[inline]
    fn over_built(&self, built: &Settings) -> Result<Settings, ConfigError> {
        self.over(built, |criterion| match criterion {
            Criterion::InARow => !built.has_window(),
            Criterion::Share => built.has_window(),
        })
    }
}

/// What a breaker opens at.
#[derive(Clone, Copy)]
enum Criterion {
    InARow,
    Share,
}

static CHANGING: Mutex<()> = Mutex::new(());

/// Held by whoever changes settings: what may change is several numbers, and of two who change them at once the breaker
/// would keep some of each for good. One lock for all breakers, since this is as rare as a reload.
pub(crate) fn changing() -> MutexGuard<'static, ()> {
    // It guards nothing that a panic could leave half done for the next one, who changes all of it.
    CHANGING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CircuitBreaker {
    /// Puts other settings in the place of those that it was made with, while it is in use.
    ///
    /// They hold at once: thresholds from the next verdict on, so that a breaker which has counted more failures than a
    /// new threshold allows opens with the next one; `recovery_timeout` for an open phase that is under way, too. Each
    /// change starts from what the breaker was made with: what this one does not set is as it was made. State and counts
    /// stay, and so does a state that is forced; a mode of [`set_mode`](Self::set_mode) gives way.
    ///
    /// Nothing of it costs a call anything: these settings are read where a failure is recorded, and while the breaker is
    /// not closed. [`registry::configure`](crate::registry::configure) does the same by name.
    ///
    /// # Errors
    ///
    /// The first value that is out of its limits, or has no effect on this breaker. Nothing has changed then.
    #[inline]
    pub fn reconfigure(&self, to: &BreakerOverride) -> Result<(), ConfigError> {
        let _changing = changing();
        self.change(to, to.mode.is_some())
    }

    /// [`reconfigure`](Self::reconfigure) for one who holds [`changing`], or the only reference to the breaker. The mode
    /// holds over an operator's if it is `said`, or is no longer what it was before.
    #[inline]
    pub(crate) fn change(&self, to: &BreakerOverride, said: bool) -> Result<(), ConfigError> {
        let changed = to.over_built(&self.built())?;
        let before = self.settings.mode();
        self.settings.change(&changed);
        let after = self.settings.mode();
        if said || before != after {
            self.set_mode(after);
        }
        Ok(())
    }

    /// Whether this would be accepted.
    #[inline]
    pub(crate) fn accepts(&self, to: &BreakerOverride) -> Result<(), ConfigError> {
        to.over_built(&self.built()).map(drop)
    }
}

impl CircuitBreakers {
    /// [`CircuitBreaker::reconfigure`] for the breakers of all keys, those that come later too.
    ///
    /// # Errors
    ///
    /// The first value that is out of its limits, or has no effect on these breakers. Nothing has changed then.
    #[inline]
    pub fn reconfigure(&self, to: &BreakerOverride) -> Result<(), ConfigError> {
        self.accepts(to)?;
        let _changing = changing();
        for breaker in self.remember(to) {
            // All have the settings that have just accepted it.
            let _ = breaker.change(to, to.mode.is_some());
        }
        Ok(())
    }

    /// Whether this would be accepted.
    #[inline]
    pub(crate) fn accepts(&self, to: &BreakerOverride) -> Result<(), ConfigError> {
        to.over_built(&self.built()).map(drop)
    }
}
