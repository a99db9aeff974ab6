//! Other settings for a budget that is in use.

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
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct BudgetOverride {
    /// How many tokens each call deposits. 0 to 10, in steps of 0.001.
    pub ratio: Option<f64>,
    /// How many tokens the budget holds at most. 1 to 100,000.
    pub burst: Option<u32>,
    /// How many tokens it gains each second without any call. 0 to 100,000.
    pub min_per_second: Option<u32>,
}

impl BudgetOverride {
    /// Returns an override that changes nothing.
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self { ratio: None, burst: None, min_per_second: None }
    }

    /// Sets [`ratio`](#structfield.ratio). Default: as the budget was built.
    #[must_use]
    #[inline]
    pub const fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = Some(ratio);
        self
    }

    /// Sets [`burst`](#structfield.burst). Default: as the budget was built.
    #[must_use]
    #[inline]
    pub const fn burst(mut self, tokens: u32) -> Self {
        self.burst = Some(tokens);
        self
    }

    /// Sets [`min_per_second`](#structfield.min_per_second). Default: as the budget was built.
    #[must_use]
    #[inline]
    pub const fn min_per_second(mut self, tokens: u32) -> Self {
        self.min_per_second = Some(tokens);
        self
    }
}
