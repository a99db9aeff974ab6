//! The budgets that have a name, and the settings that are configured for them.

use std::sync::PoisonError;

use super::{BudgetOverride, RetryBudget};
use crate::name;
#[cfg(feature = "metrics")]
use crate::observe::metrics;
use crate::observe::{self, Event, NotListed};
use crate::sync::{Ordering, RwLock, RwLockReadGuard, RwLockWriteGuard};

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

impl RetryBudget {
    /// [`try_withdraw`](Self::try_withdraw) from a budget that lives forever, which is listed the
    /// first time if it has a name.
    pub(crate) fn try_withdraw_static(&'static self) -> bool {
        if self.name.is_some() && self.unlisted.load(Ordering::Relaxed) && self.take_unlisted() {
            // Reported by the event: the call has nobody to return an error to.
            let _ = list(self);
        }
        self.try_withdraw()
    }
}

/// Returns the listed budgets, sorted by name.
pub(crate) fn listed() -> Vec<&'static RetryBudget> {
    LISTED.all()
}

/// Replaces the settings of all listed budgets, and of those that are listed later. They keep the
/// rules, and are sorted by name.
pub(crate) fn configure(overrides: Vec<(String, BudgetOverride)>) {
    LISTED.configure(overrides);
}

/// Returns the configured names that no listed budget has.
pub(crate) fn unused_overrides() -> Vec<String> {
    let state = LISTED.read();
    let unused = state.overrides.iter().filter(|(name, _)| state.find(name).is_err());
    unused.map(|(name, _)| name.clone()).collect()
}

/// One lock for both, so that a budget is configured when it is listed or when settings come,
/// whichever is later. No event is emitted under it.
pub(super) struct Listed(RwLock<State>);

struct State {
    /// Sorted by name, and never removed.
    budgets: Vec<(&'static str, &'static RetryBudget)>,
    /// Sorted by name.
    overrides: Vec<(String, BudgetOverride)>,
}

impl Listed {
    pub(super) const fn new() -> Self {
        Self(RwLock::new(State { budgets: Vec::new(), overrides: Vec::new() }))
    }

    pub(super) fn list(
        &self,
        name: &'static str,
        budget: &'static RetryBudget,
    ) -> Result<(), NotListed> {
        let mut state = self.write();
        match state.find(name) {
            Ok(listed) if listed == budget => Ok(()),
            Ok(_) => Err(NotListed::DuplicateName),
            Err(_) if state.budgets.len() == name::MOST => Err(NotListed::Full),
            Err(at) => {
                state.budgets.insert(at, (name, budget));
                budget.change(&state.override_of(name));
                Ok(())
            }
        }
    }

    pub(super) fn configure(&self, overrides: Vec<(String, BudgetOverride)>) {
        let mut state = self.write();
        state.overrides = overrides;
        for (name, budget) in &state.budgets {
            budget.change(&state.override_of(name));
        }
    }

    pub(super) fn all(&self) -> Vec<&'static RetryBudget> {
        self.read().budgets.iter().map(|(_, budget)| *budget).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        // Poison says that a panic came while the lock was held; both lists are whole then, too.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns the budget of this name, or its place in the list.
    fn find(&self, name: &str) -> Result<&'static RetryBudget, usize> {
        let at = self.budgets.binary_search_by(|(listed, _)| (*listed).cmp(name))?;
        Ok(self.budgets[at].1)
    }

    fn override_of(&self, name: &str) -> BudgetOverride {
        let at = self.overrides.binary_search_by(|(configured, _)| configured.as_str().cmp(name));
        at.map_or(BudgetOverride::new(), |at| self.overrides[at].1)
    }
}
