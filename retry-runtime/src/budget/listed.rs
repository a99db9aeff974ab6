//! The budgets that have a name, and their configuration.

use std::sync::{Arc, PoisonError};

use super::tokens::in_tokens;
use super::{BudgetOverride, RetryBudget, Settings};
use crate::name::Named;
#[cfg(feature = "metrics")]
use crate::observe::metrics;
use crate::observe::{self, Event, LogLevel, NotListed, Refused};
use crate::sync::{Mutex, MutexGuard, Ordering};

pub(crate) static LISTED: Listed = Listed::new();

static REFUSED: Refused = Refused::new();

/// The values of a listed budget at one moment, from
/// [`registry::budgets`](crate::registry::budgets).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BudgetSnapshot {
    /// The name.
    pub name: String,
    /// The number of tokens in the budget.
    pub balance: f64,
    /// The deposit of each call, in tokens.
    pub ratio: f64,
    /// The maximum number of tokens.
    pub burst: u32,
    /// The number of tokens that the budget gains per second without any call.
    pub min_per_second: u32,
}

impl RetryBudget {
    /// Returns the balance and the settings. The name is empty if the budget has none.
    pub(crate) fn snapshot(&self) -> BudgetSnapshot {
        let Settings { ratio, burst, min_per_second, .. } = self.settings();
        BudgetSnapshot {
            name: self.name.unwrap_or_default().to_owned(),
            balance: self.balance(),
            ratio: in_tokens(ratio),
            burst,
            min_per_second,
        }
    }

    /// Lists the budget, or reports why it cannot. Listing it again is allowed.
    ///
    /// # Errors
    ///
    /// [`NotListed`] if it has no name, another budget has its name, or the list is full.
    pub(crate) fn list(&'static self) -> Result<(), NotListed> {
        // The first withdrawal must not list it, or report it, again.
        self.take_unlisted();
        let Some(name) = self.name else { return Err(NotListed::Unnamed) };
        #[cfg(feature = "metrics")]
        metrics::BALANCES.get_or_init(|| || LISTED.all().into_iter().for_each(Self::show_balance));
        LISTED.list(name, self).inspect_err(|&reason| {
            if let Some(budget) = REFUSED.reported(name, reason) {
                observe::emit(LogLevel::Warn, &Event::BudgetNotListed { budget, reason });
            }
        })
    }

    /// [`try_withdraw`](Self::try_withdraw) from a `'static` budget. The first call lists the
    /// budget if it has a name.
    pub(crate) fn try_withdraw_static(&'static self) -> bool {
        if self.name.is_some() && self.unlisted.load(Ordering::Relaxed) && self.take_unlisted() {
            // Reported by an event, because the call cannot return this error.
            let _ = self.list();
        }
        self.try_withdraw()
    }

    /// Returns whether the caller is the first, and so has to list the budget.
    ///
    /// Relaxed: the flag guards nothing, and only one of the threads that clear it finds it set.
    pub(super) fn take_unlisted(&self) -> bool {
        self.unlisted.swap(false, Ordering::Relaxed)
    }
}

/// The list and the configuration, under one lock: a budget is configured when it is listed or when
/// the configuration arrives, whichever is later. A failing call may wait for the lock, so it is
/// held for one budget at a time. No event is emitted under it.
pub(crate) struct Listed(Mutex<State>);

struct State {
    /// Never removed.
    budgets: Named<&'static RetryBudget>,
    /// Shared, so that they are not read under the lock. `None` until some are configured.
    overrides: Option<Arc<Named<BudgetOverride>>>,
}

impl Listed {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(State { budgets: Named::new(), overrides: None }))
    }

    pub(super) fn list(
        &self,
        name: &'static str,
        budget: &'static RetryBudget,
    ) -> Result<(), NotListed> {
        let mut state = self.lock();
        match state.budgets.get(name) {
            Some(&listed) if listed == budget => Ok(()),
            Some(_) => Err(NotListed::DuplicateName),
            None if state.budgets.is_full() => Err(NotListed::Full),
            None => {
                state.budgets.insert(name.to_owned(), budget);
                state.configure(name, budget);
                Ok(())
            }
        }
    }

    /// Replaces the settings of all listed budgets, and of those that are listed later.
    pub(crate) fn configure(&self, overrides: Named<BudgetOverride>) {
        let mut state = self.lock();
        let before = state.overrides.replace(Arc::new(overrides));
        let budgets: Vec<_> = state.budgets.0.iter().map(|(_, budget)| *budget).collect();
        drop(state);
        for budget in budgets {
            let state = self.lock();
            let name = budget.name.unwrap_or_default();
            let before = before.as_ref().and_then(|before| before.get(name));
            if before.or(state.of(name)).is_some() {
                state.configure(name, budget);
            }
        }
    }

    /// Returns the listed budget of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&'static RetryBudget> {
        self.lock().budgets.get(name).copied()
    }

    /// Returns the listed budgets, sorted by name.
    pub(crate) fn all(&self) -> Vec<&'static RetryBudget> {
        self.lock().budgets.0.iter().map(|(_, budget)| *budget).collect()
    }

    /// Returns the configured overrides.
    pub(crate) fn overrides(&self) -> Option<Arc<Named<BudgetOverride>>> {
        self.lock().overrides.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Both lists are intact after each change, so a panic under the lock breaks nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of(&self, name: &str) -> Option<&BudgetOverride> {
        self.overrides.as_ref()?.get(name)
    }

    fn configure(&self, name: &str, budget: &RetryBudget) {
        budget.change(&self.of(name).copied().unwrap_or_default());
    }
}
