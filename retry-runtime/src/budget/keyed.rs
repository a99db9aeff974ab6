//! Many budgets, one per key.

use std::sync::Arc;

use super::{RetryBudget, Settings};
use crate::keys::{Keys, keyed};

/// Many retry budgets: one per host, tenant or model.
///
/// One host that fails must not take the retries of the others. Put the set in a `static` and name
/// a key's budget in `#[async_retry(STANDARD, budget = HOSTS.for_key(host))]`. All budgets have the
/// same settings.
///
/// ```
/// use retry_runtime::RetryBudgets;
///
/// static HOSTS: RetryBudgets = RetryBudgets::new().burst(1).max_keys(256);
///
/// assert!(HOSTS.for_key("eu.example.com").try_withdraw());
/// assert!(!HOSTS.for_key("eu.example.com").try_withdraw());
/// assert!(HOSTS.for_key("us.example.com").try_withdraw());
/// ```
///
/// # Default
///
/// `max_keys` is 1024. The other settings, defaults and limits are those of [`RetryBudget`].
///
/// # When it is full
///
/// Keys come from data and must not fill the memory. At `max_keys`, a new key takes the place of
/// the least recently used budget among those that hold as much as a new one would. One that holds
/// less never goes, since its key would come back with more. If none can go, all new keys share one
/// budget.
///
/// # Cost
///
/// A look-up of a known key takes a read lock, computes a hash and allocates nothing. There is one
/// per call, and one per retry.
pub struct RetryBudgets {
    settings: Settings,
    keys: Keys<RetryBudget, ()>,
}

impl RetryBudgets {
    /// Creates a set without keys, whose budgets have the defaults of [`RetryBudget`].
    #[must_use]
    pub const fn new() -> Self {
        Self { settings: Settings::DEFAULT, keys: Keys::new(()) }
    }

    /// Returns the budget of that key, which is made if there is none.
    ///
    /// In a full set that is the shared one, if no other can go.
    pub fn for_key(&self, key: impl AsRef<str>) -> Arc<RetryBudget> {
        let key = key.as_ref();
        self.keys.look_up(key).unwrap_or_else(|| self.find_or_make(key))
    }

    #[cold]
    fn find_or_make(&self, key: &str) -> Arc<RetryBudget> {
        let make = |(): &(), _: &str| RetryBudget::with(self.settings);
        self.keys.find_or_make(key, RetryBudget::is_replaceable, make).0
    }
}

keyed! { RetryBudgets {}, "budget" }

impl Default for RetryBudgets {
    fn default() -> Self {
        Self::new()
    }
}
