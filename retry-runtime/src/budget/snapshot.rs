//! A budget at one moment.

use super::RetryBudget;
use super::tokens::in_tokens;

/// A listed budget at one moment, from [`registry::budgets`](crate::registry::budgets).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BudgetSnapshot {
    /// Its name.
    pub name: String,
    /// How many tokens it holds.
    pub balance: f64,
    /// How many tokens each call deposits.
    pub ratio: f64,
    /// How many tokens it holds at most.
    pub burst: u32,
    /// How many tokens it gains each second without any call.
    pub min_per_second: u32,
}

impl RetryBudget {
    /// Returns its balance and settings. A budget without a name has an empty one here.
    #[inline]
    pub(crate) fn snapshot(&self) -> BudgetSnapshot {
        BudgetSnapshot {
            name: self.name.unwrap_or_default().to_owned(),
            balance: self.balance(),
            ratio: in_tokens(self.settings.ratio()),
            burst: self.settings.burst(),
            min_per_second: self.settings.min_per_second(),
        }
    }
}
