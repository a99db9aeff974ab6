//! Other settings for a budget that is in use.

use crate::setters::overridable;

overridable! {
    /// Settings that take the place of those that a budget was built with, while it is in use.
    ///
    /// A setting that is `None` stays as the budget was built. The limits are those of the budget's own
    /// setters, except that `burst` may be below `initial`. If `burst` is below what the budget holds,
    /// the rest is lost.
    ///
    /// ```
    /// use retry_runtime::RetryBudget;
    /// use retry_runtime::registry::{self, BudgetOverride, Overrides};
    ///
    /// static LLM: RetryBudget = RetryBudget::new().name("llm");
    ///
    /// registry::configure(Overrides::new().budget("llm", BudgetOverride::new().burst(20)))?;
    /// registry::add_budget(&LLM)?;
    /// assert_eq!(LLM.balance(), 20.0);
    ///
    /// registry::configure(Overrides::new())?; // 100 again, as calls deposit them
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    BudgetOverride {
        /// How many tokens each call deposits. 0 to 10, in steps of 0.001.
        ratio: f64,
        /// How many tokens the budget holds at most. 1 to 100,000.
        burst: u32,
        /// How many tokens it gains each second without any call. 0 to 100,000.
        min_per_second: u32,
    }
}
