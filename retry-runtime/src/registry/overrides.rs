//! Settings that are changed by name while the program runs.

use super::configured;
use crate::breaker::BreakerOverride;
use crate::config::{ConfigError, Mode, RetryConfig};

/// What takes the place of the settings of operations and breakers, by name: for [`configure`].
///
/// With the feature `serde` it is read from tables `operation` and `breaker`, each with a table for each name:
///
/// ```
/// # #[cfg(feature = "serde")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
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
///     "#,
/// )?;
/// registry::configure(overrides)?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "serde"))]
/// # fn main() {}
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    // In the order of the names, each once.
    pub(super) operations: Vec<(String, OperationOverride)>,
    pub(super) breakers: Vec<(String, BreakerOverride)>,
}

/// What takes the place of a policy for the calls of one name.
///
/// What is not set stays as the policy has it. The name is that of the events: an annotated function's `name`, by
/// default its module path and name, or the [`name`](crate::run::Run::name) of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationOverride {
    /// How many times the operation is called at most, the first call included. At least 1.
    pub max_attempts: Option<u32>,
    /// Whether retries happen, are only reported, or are switched off.
    pub mode: Option<Mode>,
}

impl OperationOverride {
    /// Nothing but what the policy says.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self { max_attempts: None, mode: None }
    }

    /// Sets [`max_attempts`](#structfield.max_attempts). Default: as the policy has it.
    #[must_use]
    #[inline]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Sets [`mode`](#structfield.mode). Default: as the policy has it.
    #[must_use]
    #[inline]
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    fn check(self) -> Result<(), ConfigError> {
        match self.max_attempts {
            Some(0) => RetryConfig::new().max_attempts(0).check(),
            _ => Ok(()),
        }
    }

    pub(super) fn over(self, policy: &RetryConfig) -> RetryConfig {
        let mut changed = policy.clone();
        changed.max_attempts = self.max_attempts.unwrap_or(policy.max_attempts);
        changed.mode = self.mode.unwrap_or(policy.mode);
        changed
    }
}

impl Overrides {
    /// None: everything is as it was made.
    #[must_use]
    pub const fn new() -> Self {
        Self { operations: Vec::new(), breakers: Vec::new() }
    }

    /// What holds for the operation of this name; it replaces what was said of it before.
    #[must_use]
    pub fn operation(mut self, name: impl Into<String>, to: OperationOverride) -> Self {
        insert(&mut self.operations, name.into(), to);
        self
    }

    /// What holds for the breaker, or the set of keyed breakers, of this name; it replaces what was said of it before.
    ///
    /// The name `set/key` is one breaker of a set that is listed, whether its key has come already, comes later, or comes
    /// again after it lost its place. What holds for it holds in the place of what holds for the set.
    #[must_use]
    pub fn breaker(mut self, name: impl Into<String>, to: BreakerOverride) -> Self {
        insert(&mut self.breakers, name.into(), to);
        self
    }

    /// The rules that hold whatever a name stands for.
    fn check(&self) -> Result<(), ConfigError> {
        for (name, to) in &self.operations {
            to.check().map_err(|error| error.within(&format!("operation.{name}")))?;
        }
        for (name, to) in &self.breakers {
            to.check().map_err(|error| error.within(&format!("breaker.{name}")))?;
        }
        Ok(())
    }
}

fn insert<T>(to: &mut Vec<(String, T)>, name: String, value: T) {
    match to.binary_search_by(|(other, _)| other.as_str().cmp(&name)) {
        Ok(at) => to[at].1 = value,
        Err(at) => to.insert(at, (name, value)),
    }
}

/// Puts these settings in the place of those that operations and breakers were made with, while the program runs.
///
/// They hold at once, for series that are under way from their next failure on, and for breakers that are listed later,
/// too. Each call replaces what the one before said, so that reading a file again and calling this is all there is to a
/// reload; [`Overrides::new()`] takes everything back. A mode that an operator has set since stays where the mode said here
/// is the same as before. [`CircuitBreaker::reconfigure`] says what a change does to a
/// breaker.
///
/// A call that succeeds reads none of this. One that fails reads a flag, and looks its name up behind a lock where any
/// operation is configured.
///
/// [`CircuitBreaker::reconfigure`]: crate::CircuitBreaker::reconfigure
///
/// # Errors
///
/// The first value that is out of its limits, or has no effect on the breaker of that name: its place, such as
/// `breaker.llm-api.failure_rate`, its value and the rule. Nothing has changed then. A name that nothing has is no error,
/// since it may come: [`unused_overrides`] lists those.
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
    configured::replace(overrides)
}

/// What was configured, and does nothing: names that nothing has had so far, and settings that do not fit a breaker which
/// was listed after them.
///
/// An operation is known from its first failure on, a breaker from when it is listed. So look some time after
/// [`configure`]: what is still here is probably misspelt.
#[must_use]
pub fn unused_overrides() -> Vec<ConfigError> {
    configured::unused()
}
