//! Settings that are changed by name while the program runs.

use crate::breaker::BreakerOverride;
use crate::budget::BudgetOverride;
use crate::config::{ConfigError, OperationOverride};

/// Settings that take the place of those of operations, breakers and budgets, by name: for
/// [`configure`](super::configure).
///
/// With the feature `serde` they are read from the tables `operation`, `breaker` and `budget`, each
/// with a table for each name:
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
///
///     [budget.llm]
///     burst = 20
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
    pub(crate) operations: Vec<(String, OperationOverride)>,
    pub(crate) breakers: Vec<(String, BreakerOverride)>,
    pub(crate) budgets: Vec<(String, BudgetOverride)>,
}

impl Overrides {
    /// None: everything is as it was made.
    #[must_use]
    pub const fn new() -> Self {
        Self { operations: Vec::new(), breakers: Vec::new(), budgets: Vec::new() }
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

    /// Sets what holds for the budget of this name, instead of what was set for it before.
    #[must_use]
    pub fn budget(mut self, name: impl Into<String>, to: BudgetOverride) -> Self {
        insert(&mut self.budgets, name.into(), to);
        self
    }

    /// The rules that hold whatever a name stands for.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        for (name, to) in &self.operations {
            to.check().map_err(|error| error.within(&format!("operation.{name}")))?;
        }
        for (name, to) in &self.breakers {
            to.check().map_err(|error| error.within(&format!("breaker.{name}")))?;
        }
        for (name, to) in &self.budgets {
            to.check().map_err(|error| error.within(&format!("budget.{name}")))?;
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
