//! Changes of thresholds and of the mode while a breaker is in use.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::CircuitBreaker;
use super::settings::Settings;
use crate::config::overrides::Entry;
use crate::config::{ConfigError, Mode};
use crate::name::Named;
use crate::observe::{self, Action};
use crate::setters::{apply_override, overridable};
use crate::sync;

overridable! {
    /// Settings that replace those that a breaker was built with, while it is in use.
    ///
    /// A setting that is `None` stays as the breaker was built. The limits are those of the
    /// breaker's setters. Other settings, such as the window, `slow_call` or `half_open_max_calls`,
    /// determine what a breaker stores and cannot change. If the number of slots was taken from
    /// `success_threshold`, it stays as built.
    ///
    /// ```
    /// # extern crate retry_runtime as retry_utils;
    /// use retry_utils::registry::BreakerOverride;
    /// use retry_utils::{CircuitBreaker, Mode};
    ///
    /// static BILLING: CircuitBreaker = CircuitBreaker::new("billing");
    ///
    /// BILLING.reconfigure(&BreakerOverride::new().failure_threshold(20).mode(Mode::Observe))?;
    /// assert_eq!(BILLING.snapshot().failure_threshold, 20);
    ///
    /// // All as it was built:
    /// BILLING.reconfigure(&BreakerOverride::new())?;
    /// # Ok::<(), retry_utils::ConfigError>(())
    /// ```
    BreakerOverride, else "as it was built" {
        /// The number of failures in a row that opens a breaker without a window. 1 to 65,535.
        failure_threshold: u32,
        /// The failure rate that opens a breaker with a window. Above 0, at most 1.
        failure_rate: f64,
        /// The length of the open phase, 1 ms to 365 days. This also changes an open phase under
        /// way, and the default of `probe_timeout`.
        recovery_timeout: Duration,
        /// The longest `retry_after` of an error that an open phase respects, 1 ms to 365 days.
        /// This also changes an open phase under way. A value of 1 ms has practically no effect.
        respect_retry_after: Duration,
        /// The number of successful probes that closes the breaker. 1 to 65,535.
        success_threshold: u32,
        /// The mode: enforce, observe or off.
        mode: Mode,
    }
}

impl BreakerOverride {
    /// Checks the rules that apply to every breaker.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.over(Settings::DEFAULT).map(drop)
    }

    /// Applies the override to the settings that a breaker was built with.
    pub(crate) fn over_built(&self, built: Settings) -> Result<Settings, ConfigError> {
        let (place, value, rule) = match (self.failure_threshold, self.failure_rate) {
            (Some(failures), _) if built.has_window() => (
                "failure_threshold",
                failures.to_string(),
                "has no effect on a breaker that opens at a failure rate: set `failure_rate` instead",
            ),
            (_, Some(rate)) if !built.has_window() => (
                "failure_rate",
                rate.to_string(),
                "has no effect on a breaker without a window: set `failure_threshold` instead, or build the breaker with `failure_rate`",
            ),
            _ => return self.over(built),
        };
        Err(ConfigError::new(place, value, rule))
    }

    /// Returns the values that are set, as events show them.
    pub(super) fn said(&self) -> String {
        let Self {
            failure_threshold,
            failure_rate,
            recovery_timeout,
            respect_retry_after,
            success_threshold,
            mode,
        } = self;
        let said = [
            failure_threshold.map(|failures| format!("failure_threshold={failures}")),
            failure_rate.map(|rate| format!("failure_rate={rate}")),
            recovery_timeout.map(|timeout| format!("recovery_timeout={timeout:?}")),
            respect_retry_after.map(|longest| format!("respect_retry_after={longest:?}")),
            success_threshold.map(|successes| format!("success_threshold={successes}")),
            mode.map(|mode| format!("mode={mode}")),
        ];
        let said: Vec<_> = said.into_iter().flatten().collect();
        if said.is_empty() { "as it was built".to_owned() } else { said.join(" ") }
    }

    fn over(&self, settings: Settings) -> Result<Settings, ConfigError> {
        Ok(apply_override! { self, settings;
            failure_threshold = with_failure_threshold, "{}";
            failure_rate = with_rate, "{}";
            recovery_timeout = with_recovery_timeout, "{:?}";
            respect_retry_after = with_respect_retry_after, "{:?}";
            success_threshold = with_success_threshold, "{}";
            mode = with_mode, "{}";
        })
    }
}

/// The overrides of breakers by name. The registry shares them with its sets.
#[derive(Clone)]
pub(crate) struct Configured(Option<Arc<Named<Entry<BreakerOverride>>>>);

impl Configured {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) fn new(overrides: Named<BreakerOverride>) -> Self {
        Self(Some(Arc::new(Entry::all(overrides))))
    }

    /// Returns the configuration of the breaker or set of this name.
    pub(crate) fn of(&self, name: &str) -> Option<&Entry<BreakerOverride>> {
        self.0.as_ref()?.get(name)
    }

    pub(crate) fn all(&self) -> &[(String, Entry<BreakerOverride>)] {
        self.0.as_ref().map_or(&[], |entries| &entries.0)
    }

    /// Returns the configurations of names that begin with `start`.
    pub(super) fn beginning_with(&self, start: &str) -> &[(String, Entry<BreakerOverride>)] {
        self.0.as_ref().map_or(&[], |entries| entries.beginning_with(start))
    }
}

/// Locks out other changes of many breakers. Without it, two simultaneous changes could leave some
/// breakers with one and some with the other. No call takes this lock.
pub(crate) fn changing_many() -> MutexGuard<'static, ()> {
    static CHANGING: Mutex<()> = Mutex::new(());
    // A change that a panic interrupted is overwritten by the next one.
    CHANGING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CircuitBreaker {
    /// Replaces settings while the breaker is in use.
    ///
    /// The changes take effect immediately: thresholds from the next outcome on, and
    /// `recovery_timeout` also for an open phase under way. A breaker that has counted more
    /// failures than a new threshold allows opens with the next failure. Each change starts from
    /// the settings that the breaker was built with.
    ///
    /// State, counts and a forced state are kept. A mode set by [`set_mode`](Self::set_mode) is
    /// kept too, unless `to` sets a mode or the configured mode changes.
    /// [`registry::configure`](crate::registry::configure) makes the same changes by name.
    ///
    /// # Errors
    ///
    /// The first value that is outside its limits or has no effect on this breaker. In that case,
    /// nothing changes.
    pub fn reconfigure(&self, to: &BreakerOverride) -> Result<(), ConfigError> {
        let changing = self.changing();
        self.change(to, to.mode.is_some())?;
        drop(changing);
        observe::report_action(self.name(), Action::Reconfigure, Some(&to.said()));
        Ok(())
    }

    /// Locks out other changes of the settings.
    pub(crate) fn changing(&self) -> sync::MutexGuard<'_, ()> {
        self.settings.changing()
    }

    /// [`reconfigure`](Self::reconfigure) for a caller that holds the lock of the settings or the
    /// only reference. The mode replaces an operator's if it was `said`, or if it differs from the
    /// former one.
    pub(crate) fn change(&self, to: &BreakerOverride, said: bool) -> Result<(), ConfigError> {
        let changed = to.over_built(self.built())?;
        let before = self.settings.mode();
        self.settings.change(&changed);
        let after = self.settings.mode();
        if said || before != after {
            self.core.set_mode(after);
        }
        Ok(())
    }

    /// Replaces the configuration `before` of the breaker with the one that `current` returns. If
    /// neither names the breaker, nothing changes.
    ///
    /// `current` is called under the lock of the settings. Two threads may configure a breaker that
    /// has just been listed. The lock ensures that the later one never uses an older configuration.
    pub(crate) fn configure(&self, current: impl FnOnce() -> Configured, before: &Configured) {
        let _changing = self.changing();
        let (current, before) = (current(), before.of(self.name()));
        let mode_before = before.and_then(|entry| entry.to.mode);
        let fits = current.of(self.name()).is_some_and(|entry| {
            let changed = self.change_from(&entry.to, mode_before);
            changed.map(|()| entry.meet()).is_ok()
        });
        // An override that does not fit was configured before the breaker was listed.
        if !fits && before.is_some() {
            // Cannot fail: the override is empty.
            let _ = self.change_from(&BreakerOverride::new(), None);
        }
    }

    /// [`change`](Self::change) after a configuration with this mode. The same mode again does not
    /// count as `said`, because an operator may have set another one since.
    pub(super) fn change_from(
        &self,
        to: &BreakerOverride,
        mode_before: Option<Mode>,
    ) -> Result<(), ConfigError> {
        self.change(to, to.mode.is_some() && to.mode != mode_before)
    }
}
