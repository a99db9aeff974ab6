//! The configuration by name, and its effect on operations, breakers and budgets.
//!
//! # Locks
//!
//! The first call that uses a breaker or budget may wait for the configuration, for the settings of
//! its breaker, and for the lists. A call that fails may wait for the overrides of operations. So
//! [`configure`] checks and builds everything beforehand, and holds each of these locks only for
//! one exchange, one breaker or one budget. Concurrent calls of [`configure`] wait for each other.
//!
//! The lock order is: changes of many breakers, the settings of one breaker, the keys of a set, and
//! then the configuration. No other lock is taken under the registry's list, the list of budgets or
//! the overrides of operations. No event is emitted under any of them.

use std::mem;
use std::sync::{PoisonError, RwLock};

use super::listed::{Entry, in_sets, keyed_sets, listed, single_handles};
use crate::breaker::{self, BreakerOverride, Configured};
use crate::budget::{self, BudgetOverride, RetryBudget};
use crate::config::{ConfigError, OperationOverride, overrides};
use crate::name::Named;
use crate::observe::{self, Action};

/// Held only for an exchange or a copy. A copy shares the configuration.
static CONFIGURED: RwLock<Configured> = RwLock::new(Configured::NONE);

/// Settings of operations, breakers and budgets by name, for [`configure`].
///
/// With the feature `serde` they can be read from the tables `operation`, `breaker` and `budget`,
/// each with a table for each name:
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// # #[cfg(feature = "serde")] {
/// use retry_utils::registry::{self, Overrides};
///
/// let overrides: Overrides = toml::from_str(
///     r#"
///     [operation."chat::complete"]
///     max_attempts = 2
///     mode = "observe"
///
///     [breaker.llm-api]
///     failure_threshold = 10
///     recovery_timeout = "30s"
///
///     [budget.llm]
///     burst = 20
///     "#,
/// )?;
/// registry::configure(overrides)?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    pub(crate) operations: Named<OperationOverride>,
    pub(crate) breakers: Named<BreakerOverride>,
    pub(crate) budgets: Named<BudgetOverride>,
}

impl Overrides {
    /// Creates an empty set of overrides. [`configure`] with it undoes all earlier ones.
    #[must_use]
    pub const fn new() -> Self {
        Self { operations: Named::new(), breakers: Named::new(), budgets: Named::new() }
    }

    /// Sets the override of the operation of this name. Replaces an earlier one.
    #[must_use]
    pub fn operation(mut self, name: impl Into<String>, to: OperationOverride) -> Self {
        self.operations.insert(name.into(), to);
        self
    }

    /// Sets the override of the breaker, or the set of keyed breakers, of this name. Replaces an
    /// earlier one.
    ///
    /// The name `set/key` refers to one breaker of a listed set. The override applies if the key
    /// exists, is new, or comes back after it lost its place. It takes precedence over the override
    /// of the set.
    #[must_use]
    pub fn breaker(mut self, name: impl Into<String>, to: BreakerOverride) -> Self {
        self.breakers.insert(name.into(), to);
        self
    }

    /// Sets the override of the budget of this name. Replaces an earlier one.
    #[must_use]
    pub fn budget(mut self, name: impl Into<String>, to: BudgetOverride) -> Self {
        self.budgets.insert(name.into(), to);
        self
    }

    /// Checks the rules that apply whatever a name refers to.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let operations = &self.operations.0;
        let operations = operations.iter().map(|(name, to)| ("operation", name, to.check()));
        let breakers = self.breakers.0.iter().map(|(name, to)| ("breaker", name, to.check()));
        let budgets = self.budgets.0.iter().map(|(name, to)| ("budget", name, to.check()));
        for (table, name, checked) in operations.chain(breakers).chain(budgets) {
            if name.trim().is_empty() {
                let rule = "must not have an empty name: write the name of an operation, a breaker or a budget";
                return Err(ConfigError::new(table, name, rule));
            }
            checked.map_err(|error| error.within(&format!("{table}.{name}")))?;
        }
        Ok(())
    }
}

/// Replaces settings of operations, breakers and budgets by name, while the program runs.
///
/// The settings take effect immediately. They also apply to breakers and budgets that are listed
/// later. A retry sequence under way uses them from its next failure on. Each call replaces all
/// settings of the previous call. To reload a file, read it again and call this.
/// [`Overrides::new()`] undoes all settings. A mode that an operator has set stays if the
/// configured mode is the same as before.
///
/// A successful call is reported as one [`Event::Control`](crate::observe::Event::Control), however
/// much it changes. See [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure) for the
/// effect of a change on a breaker. While any operation is configured, each failed attempt takes a
/// read lock.
///
/// # Errors
///
/// The first value that is outside its limits, or does not fit the breaker or budget of that name.
/// The error has its place, such as `breaker.llm-api.failure_rate`, its value and the rule. An
/// empty name is an error too. On an error, nothing changes. A name that is not in use yet is not
/// an error: [`unused_overrides`] returns such names.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::registry::{self, OperationOverride, Overrides};
///
/// registry::configure(
///     Overrides::new().operation("chat::complete", OperationOverride::new().max_attempts(2)),
/// )?;
/// let wrong = Overrides::new().operation("chat::complete", OperationOverride::new().max_attempts(0));
/// let error = registry::configure(wrong).unwrap_err();
/// assert_eq!(error.place(), "operation.chat::complete.max_attempts");
/// # Ok::<(), retry_utils::ConfigError>(())
/// ```
pub fn configure(overrides: Overrides) -> Result<(), ConfigError> {
    overrides.check()?;
    let Overrides { operations, breakers, budgets } = overrides;
    let said = format!(
        "operations={} breakers={} budgets={}",
        operations.0.len(),
        breakers.0.len(),
        budgets.0.len()
    );
    let changing = breaker::changing_many();
    for (name, to) in &breakers.0 {
        accepted(name, to)?;
    }
    for (name, to) in &budgets.0 {
        accepted_by_budget(name, to)?;
    }
    let new = Configured::new(breakers);
    let before = {
        let mut configured = CONFIGURED.write().unwrap_or_else(PoisonError::into_inner);
        mem::replace(&mut *configured, new.clone())
    };
    // Breakers that are listed from here on read the new configuration.
    for breaker in single_handles() {
        let name = breaker.name();
        if new.of(name).or(before.of(name)).is_some() {
            breaker.configure(configured, &before);
        }
    }
    for set in keyed_sets() {
        set.configure(configured, &before);
    }
    overrides::configure(operations);
    budget::LISTED.configure(budgets);
    drop(changing);
    observe::report_action("(registry)", Action::Configure, Some(&said));
    Ok(())
}

/// Returns the configuration of breakers and sets.
fn configured() -> Configured {
    CONFIGURED.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Returns the overrides that have had no effect: names that have not been used yet, and settings
/// that do not fit a breaker or a budget that was listed later.
///
/// An operation is known from its first failure on, and a breaker or a budget from when it is
/// listed. Call this some time after [`configure`]. A name that is still returned is probably
/// misspelled.
#[must_use]
pub fn unused_overrides() -> Vec<ConfigError> {
    let unused = |table: &str, name: &str, seen: &str, names: &str| {
        let rule =
            format!("no {table} of this name has {seen} so far: compare it with the names {names}");
        ConfigError::new(format!("{table}.{name}"), "unused", rule)
    };
    // Locked, because the configuration must not be replaced meanwhile.
    let _changing = breaker::changing_many();
    let operations = overrides::unused()
        .into_iter()
        .map(|name| unused("operation", &name, "failed", "in log lines and events"));
    let configured = configured();
    let breakers = configured.all().iter().filter(|(_, entry)| !entry.is_met());
    let breakers = breakers.map(|(name, entry)| {
        let misfit = accepted(name, &entry.to).err();
        misfit.unwrap_or_else(|| unused("breaker", name, "been listed", "of `registry::all`"))
    });
    let budgets = budget::LISTED.overrides();
    let budgets = budgets.iter().flat_map(|budgets| &budgets.0).filter_map(|(name, to)| {
        if budget::LISTED.get(name).is_some() {
            return accepted_by_budget(name, to).err();
        }
        Some(unused("budget", name, "been listed", "of `registry::budgets`"))
    });
    operations.chain(breakers).chain(budgets).collect()
}

/// Checks whether each listed breaker and set of this name accepts the override.
fn accepted(name: &str, to: &BreakerOverride) -> Result<(), ConfigError> {
    let entry = listed().get(name).cloned();
    let set = entry.as_ref().and_then(Entry::keyed).map(|set| set.built());
    let breakers = entry.as_ref().and_then(Entry::handle).into_iter().chain(in_sets(name));
    let mut built = set.into_iter().chain(breakers.map(|breaker| breaker.built()));
    built
        .try_for_each(|built| to.over_built(built).map(drop))
        .map_err(|error| error.within(&format!("breaker.{name}")))
}

/// Checks whether the listed budget of this name, if there is one, accepts the override.
fn accepted_by_budget(name: &str, to: &BudgetOverride) -> Result<(), ConfigError> {
    let built = budget::LISTED.get(name).map(RetryBudget::built);
    let checked = built.map_or(Ok(()), |built| to.check_over(built));
    checked.map_err(|error| error.within(&format!("budget.{name}")))
}

/// Configures a breaker or a set that has just been listed.
pub(super) fn configure_listed(entry: &Entry) {
    if let Some(set) = entry.keyed() {
        set.configure(configured, &Configured::NONE);
    } else if let Some(breaker) = entry.handle() {
        breaker.configure(configured, &Configured::NONE);
    }
}

#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests;
