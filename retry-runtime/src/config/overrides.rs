//! Overrides of policies while the program runs, by configuration and under test. Also the checks
//! for overrides of budgets, which do not depend on configuration themselves.
//!
//! `registry::configure` writes the settings of operations, and `testing` installs its hook. Only
//! retry sequences read them, after a failure. Without overrides, they read one flag.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{PoisonError, RwLock};

use super::{ConfigError, Mode, RetryConfig};
use crate::budget::{BudgetOverride, Settings};
use crate::name::Named;
use crate::setters::overridable;

overridable! {
    /// Overrides the policy for calls with one name. Settings that are `None` come from the policy.
    ///
    /// The name is the one in events: the `name` of an annotated function, by default its module
    /// path and name, or the [`name`](crate::run::Run::name) of a run.
    #[derive(Eq)]
    OperationOverride, else "as in the policy" {
        /// The maximum number of calls of the operation, including the first. At least 1.
        max_attempts: u32,
        /// The mode: retries are made, only reported, or switched off.
        mode: Mode,
    }
}

impl OperationOverride {
    pub(crate) fn check(self) -> Result<(), ConfigError> {
        self.over(&RetryConfig::new()).check()
    }

    fn over(self, policy: &RetryConfig) -> RetryConfig {
        RetryConfig {
            max_attempts: self.max_attempts.unwrap_or(policy.max_attempts),
            mode: self.mode.unwrap_or(policy.mode),
            ..*policy
        }
    }
}

impl BudgetOverride {
    /// Checks the rules that hold for every budget.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.check_over(Settings::DEFAULT)
    }

    /// Checks whether a budget built with these settings accepts the override.
    pub(crate) fn check_over(&self, built: Settings) -> Result<(), ConfigError> {
        let changed = built.changed(self).map(drop);
        changed.map_err(|(setting, value, rule)| ConfigError::new(setting, value, rule))
    }
}

/// The settings of one name, and whether something with that name has been seen.
pub(crate) struct Entry<T> {
    pub(crate) to: T,
    met: AtomicBool,
}

impl<T> Entry<T> {
    pub(crate) fn all(settings: Named<T>) -> Named<Self> {
        let entry = |(name, to)| (name, Self { to, met: AtomicBool::new(false) });
        Named(settings.0.into_iter().map(entry).collect())
    }

    /// Relaxed, like the store: the flag is informational and guards no data.
    pub(crate) fn is_met(&self) -> bool {
        self.met.load(Ordering::Relaxed)
    }

    pub(crate) fn meet(&self) {
        self.met.store(true, Ordering::Relaxed);
    }
}

static OPERATIONS: RwLock<Named<Entry<OperationOverride>>> = RwLock::new(Named::new());

/// The sources that may change a policy: [`CONFIGURED`] and [`UNDER_TEST`].
///
/// Relaxed: a failure that reads an older value could equally have come a moment earlier. The lock
/// or the hook publishes the data.
static ACTIVE: AtomicU8 = AtomicU8::new(0);

const CONFIGURED: u8 = 1;
#[cfg(feature = "testing")]
const UNDER_TEST: u8 = 2;

/// Replaces the settings of all operations. A name that was met before stays met. Callers must not
/// call this concurrently.
pub(crate) fn configure(settings: Named<OperationOverride>) {
    let new = Entry::all(settings);
    // Failing calls wait for this lock, so only the swap happens under it.
    let before = {
        let mut operations = OPERATIONS.write().unwrap_or_else(PoisonError::into_inner);
        if new.0.is_empty() {
            ACTIVE.fetch_and(!CONFIGURED, Ordering::Relaxed);
        } else {
            ACTIVE.fetch_or(CONFIGURED, Ordering::Relaxed);
        }
        mem::replace(&mut *operations, new)
    };
    // A read lock does not block failing calls.
    let operations = OPERATIONS.read().unwrap_or_else(PoisonError::into_inner);
    for (name, _) in before.0.iter().filter(|(_, entry)| entry.is_met()) {
        if let Some(entry) = operations.get(name) {
            entry.meet();
        }
    }
}

/// Returns the configured names for which no call has failed so far.
pub(crate) fn unused() -> Vec<String> {
    let operations = OPERATIONS.read().unwrap_or_else(PoisonError::into_inner);
    let unused = operations.0.iter().filter(|(_, entry)| !entry.is_met());
    unused.map(|(name, _)| name.clone()).collect()
}

/// Returns the policy that replaces `policy` for an operation now, if there is one.
#[inline]
pub(crate) fn in_effect(policy: &RetryConfig, operation: &str) -> Option<RetryConfig> {
    if ACTIVE.load(Ordering::Relaxed) == 0 { None } else { changed(policy, operation) }
}

#[cold]
fn changed(policy: &RetryConfig, operation: &str) -> Option<RetryConfig> {
    let operations = OPERATIONS.read().unwrap_or_else(PoisonError::into_inner);
    let configured = operations.get(operation).map(|entry| {
        entry.meet();
        entry.to.over(policy)
    });
    drop(operations);
    #[cfg(feature = "testing")]
    if let Some(hook) = TEST_HOOK.get() {
        return (hook.policy)(configured.as_ref().unwrap_or(policy)).or(configured);
    }
    configured
}

/// The changes that a test makes to retry sequences.
#[cfg(feature = "testing")]
pub(crate) struct TestHook {
    /// Returns the policy that replaces this one, if there is one.
    pub(crate) policy: fn(&RetryConfig) -> Option<RetryConfig>,
    /// Returns whether waits are skipped.
    pub(crate) skips_waits: fn() -> bool,
}

#[cfg(feature = "testing")]
static TEST_HOOK: std::sync::OnceLock<TestHook> = std::sync::OnceLock::new();

/// Installs the hook of `testing`. Only the first call has an effect.
#[cfg(feature = "testing")]
pub(crate) fn install(hook: TestHook) {
    let _ = TEST_HOOK.set(hook);
    ACTIVE.fetch_or(UNDER_TEST, Ordering::Relaxed);
}

/// Returns whether a test skips the waits before retries.
#[inline]
pub(crate) fn skips_waits() -> bool {
    #[cfg(feature = "testing")]
    if let Some(hook) = TEST_HOOK.get() {
        return (hook.skips_waits)();
    }
    false
}
