//! What has been configured by name, and how it reaches operations, breakers and budgets.
//!
//! # Locks
//!
//! Lock order: the configuration, `changing`, the registry's list, a set's keys, and then the
//! settings of operations or the list of budgets. No event is emitted under any of them.

use std::mem;
use std::sync::{PoisonError, RwLock};

use super::listed::{Entry, keyed_sets, single_handles};
use crate::breaker::{self, BreakerOverride, CircuitBreakers, Configured, Handle, Settings};
use crate::budget::{self, BudgetOverride};
use crate::config::{ConfigError, OperationOverride, overrides};
use crate::name::Named;

static CONFIGURED: RwLock<Configured> = RwLock::new(Configured::NONE);

/// Settings of operations, breakers and budgets by name, for [`configure`].
///
/// With the feature `serde` they are read from the tables `operation`, `breaker` and `budget`, each
/// with a table for each name:
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use retry_runtime::registry::{self, Overrides};
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

    /// Sets what holds for the operation of this name, instead of what was set for it before.
    #[must_use]
    pub fn operation(mut self, name: impl Into<String>, to: OperationOverride) -> Self {
        self.operations.insert(name.into(), to);
        self
    }

    /// Sets what holds for the breaker, or the set of keyed breakers, of this name, instead of what
    /// was set for it before.
    ///
    /// The name `set/key` is one breaker of a listed set, whether its key exists, comes later, or
    /// comes again after it lost its place. It takes precedence over what is set for the set.
    #[must_use]
    pub fn breaker(mut self, name: impl Into<String>, to: BreakerOverride) -> Self {
        self.breakers.insert(name.into(), to);
        self
    }

    /// Sets what holds for the budget of this name, instead of what was set for it before.
    #[must_use]
    pub fn budget(mut self, name: impl Into<String>, to: BudgetOverride) -> Self {
        self.budgets.insert(name.into(), to);
        self
    }

    /// Checks the rules that hold whatever a name stands for.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let operations = &self.operations.0;
        let operations = operations.iter().map(|(name, to)| ("operation", name, to.check()));
        let breakers = self.breakers.0.iter().map(|(name, to)| ("breaker", name, to.check()));
        let budgets = self.budgets.0.iter().map(|(name, to)| ("budget", name, to.check()));
        for (table, name, checked) in operations.chain(breakers).chain(budgets) {
            if name.trim().is_empty() {
                let rule = "must not have an empty name: nothing has one";
                return Err(ConfigError::new(table, name, rule));
            }
            checked.map_err(|error| error.within(&format!("{table}.{name}")))?;
        }
        Ok(())
    }
}

/// Replaces settings of operations, breakers and budgets by name, while the program runs.
///
/// They take effect at once, and also apply to breakers and budgets that are listed later. A retry
/// sequence under way follows them from its next failure on. Each call replaces the settings of the
/// one before, so a reload reads a file again and calls this. [`Overrides::new()`] undoes them all.
/// A mode that an operator has set stays if the mode given here is the same as before.
/// [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure) describes what a change does
/// to a breaker.
///
/// With a closed breaker, a first attempt that succeeds and is not slow reads only the `ratio` and
/// `burst` of its budget. A failure reads a flag, and looks the operation's name up behind a lock
/// if any operation is configured.
///
/// # Errors
///
/// The first value that is out of its limits or has no effect on the breaker of that name: its
/// place, such as `breaker.llm-api.failure_rate`, its value and the rule. Nothing has changed then.
/// A name that nothing has yet is no error: [`unused_overrides`] returns those.
///
/// ```
/// use retry_runtime::registry::{self, OperationOverride, Overrides};
///
/// registry::configure(
///     Overrides::new().operation("chat::complete", OperationOverride::new().max_attempts(2)),
/// )?;
/// let wrong = Overrides::new().operation("chat::complete", OperationOverride::new().max_attempts(0));
/// let error = registry::configure(wrong).unwrap_err();
/// assert_eq!(error.place(), "operation.chat::complete.max_attempts");
/// # Ok::<(), retry_runtime::ConfigError>(())
/// ```
pub fn configure(overrides: Overrides) -> Result<(), ConfigError> {
    overrides.check()?;
    // Held to the end: a breaker that is listed meanwhile waits for it, and finds what holds then.
    let mut configured = CONFIGURED.write().unwrap_or_else(PoisonError::into_inner);
    let (breakers, sets) = (single_handles(), keyed_sets());
    let built = built(&breakers, &sets);
    for (name, to) in &overrides.breakers.0 {
        accepted(name, to, &built)?;
    }
    let before = mem::replace(&mut *configured, Configured::new(overrides.breakers));
    let changing = breaker::changing();
    // Sets the new settings directly: an unchanged one never passes through its built value.
    for breaker in breakers {
        let name = breaker.name();
        breaker.configure(configured.of(name), before.of(name));
    }
    for set in sets {
        set.configure(&configured, &before);
    }
    drop(changing);
    overrides::configure(overrides.operations);
    budget::LISTED.configure(overrides.budgets);
    Ok(())
}

/// Returns what was configured without effect: names that nothing has had yet, and settings that do
/// not fit a breaker that was listed later.
///
/// An operation is known from its first failure on, a breaker or a budget from when it is listed.
/// Call this some time after [`configure`]: what is still here is probably misspelled.
#[must_use]
pub fn unused_overrides() -> Vec<ConfigError> {
    let unused = |table: &str, name: &str, seen: &str, names: &str| {
        let rule =
            format!("no {table} of this name has {seen} so far: compare it with the names {names}");
        ConfigError::new(format!("{table}.{name}"), "unused", rule)
    };
    let operations = overrides::unused()
        .into_iter()
        .map(|name| unused("operation", &name, "failed", "in log lines and events"));
    let configured = CONFIGURED.read().unwrap_or_else(PoisonError::into_inner);
    let built = built(&single_handles(), &keyed_sets());
    let breakers =
        configured.all().iter().filter(|(_, entry)| !entry.is_met()).map(|(name, entry)| {
            accepted(name, &entry.to, &built)
                .err()
                .unwrap_or_else(|| unused("breaker", name, "been listed", "of `registry::all`"))
        });
    let budgets = budget::LISTED
        .unused_overrides()
        .into_iter()
        .map(|name| unused("budget", &name, "been listed", "of `registry::budgets`"));
    operations.chain(breakers).chain(budgets).collect()
}

/// Returns the name and the built settings of these breakers, of these sets, and of the breakers in
/// the sets.
fn built(breakers: &[Handle], sets: &[&CircuitBreakers]) -> Vec<(String, Settings)> {
    let of_sets = sets.iter().flat_map(|set| set.handles());
    let breakers = breakers.iter().cloned().chain(of_sets);
    let breakers = breakers.map(|breaker| (breaker.name().to_owned(), breaker.built()));
    breakers.chain(sets.iter().map(|set| (set.name().to_owned(), set.built()))).collect()
}

/// Checks whether each of those that are [`built`] under this name accepts the override.
fn accepted(
    name: &str,
    to: &BreakerOverride,
    built: &[(String, Settings)],
) -> Result<(), ConfigError> {
    let mut of_the_name = built.iter().filter(|(other, _)| other == name);
    of_the_name
        .try_for_each(|(_, built)| to.over_built(*built).map(drop))
        .map_err(|error| error.within(&format!("breaker.{name}")))
}

/// Configures a breaker or a set that has just been listed.
pub(super) fn listed(entry: &Entry) {
    let configured = CONFIGURED.read().unwrap_or_else(PoisonError::into_inner);
    let _changing = breaker::changing();
    if let Some(set) = entry.keyed() {
        set.configure(&configured, &Configured::NONE);
    } else if let Some(breaker) = entry.handle() {
        breaker.configure(configured.of(breaker.name()), None);
    }
}
