//! The list of the budgets that have a name.

use std::sync::PoisonError;

use super::RetryBudget;
use crate::name;
#[cfg(feature = "metrics")]
use crate::observe::metrics;
use crate::observe::{self, Event, NotListed};
use crate::sync::RwLock;

static LISTED: Listed = Listed::new();

/// Lists a budget, or reports why not. Listing one again is fine.
///
/// # Errors
///
/// [`NotListed`] if it has no name, another budget has its name, or the list is full.
pub(crate) fn list(budget: &'static RetryBudget) -> Result<(), NotListed> {
    // The first withdrawal need not list it, or report it, again.
    budget.take_unlisted();
    let Some(name) = budget.name else { return Err(NotListed::Unnamed) };
    #[cfg(feature = "metrics")]
    metrics::BALANCES.get_or_init(|| || listed().into_iter().for_each(RetryBudget::show_balance));
    LISTED.list(name, budget).inspect_err(|&reason| {
        observe::emit(|| Event::BudgetNotListed { budget: name, reason });
    })
}

/// Returns the listed budgets, sorted by name.
pub(crate) fn listed() -> Vec<&'static RetryBudget> {
    LISTED.all()
}

/// Budgets, sorted by name. They are never removed, and no event is emitted under the lock.
pub(super) struct Listed(RwLock<Vec<(&'static str, &'static RetryBudget)>>);

impl Listed {
    pub(super) const fn new() -> Self {
        Self(RwLock::new(Vec::new()))
    }

    pub(super) fn list(
        &self,
        name: &'static str,
        budget: &'static RetryBudget,
    ) -> Result<(), NotListed> {
        // Poison says that a panic came while the lock was held; the list is whole after each change.
        let mut budgets = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match budgets.binary_search_by_key(&name, |(listed, _)| listed) {
            Ok(at) if budgets[at].1 == budget => Ok(()),
            Ok(_) => Err(NotListed::DuplicateName),
            Err(_) if budgets.len() == name::MOST => Err(NotListed::Full),
            Err(at) => {
                budgets.insert(at, (name, budget));
                Ok(())
            }
        }
    }

    pub(super) fn all(&self) -> Vec<&'static RetryBudget> {
        let budgets = self.0.read().unwrap_or_else(PoisonError::into_inner);
        budgets.iter().map(|(_, budget)| *budget).collect()
    }
}
