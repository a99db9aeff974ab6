//! Many budgets, one for each key.

use std::sync::Arc;

use super::{RetryBudget, Settings};
use crate::clock;
use crate::keys::{Keys, Loss, Owner, Value, keyed};

/// Many retry budgets, for example one for each host, tenant or model.
///
/// If the calls for one host fail, they do not use up the retries of the others. Put the set in a
/// `static` and name the budget of a key in
/// `#[async_retry(STANDARD, budget = HOSTS.for_key(host))]`. All budgets have the same settings.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::RetryBudgets;
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
/// Keys may come from untrusted data, so their number is limited. At `max_keys`, a new key replaces
/// the least recently used budget among those that hold as much as a new one would. A budget that
/// holds less stays. Otherwise its key could come back with more tokens. A budget with
/// `min_per_second` refills without calls, so it can be replaced later. Without `min_per_second`,
/// the budget of a key that never comes back keeps its place.
///
/// At most 64 budgets are examined for a new key, in rotation. If none of them can be replaced, the
/// new key gets one of 16 shared budgets. So does every key that is longer than 1,024 bytes. A hash
/// with a random seed chooses the budget, so a key that spends all tokens takes them from few
/// others.
///
/// # Cost
///
/// A lookup of a known key takes a read lock and does not allocate. There is one lookup per call,
/// and one per retry. The first key allocates the lookup table for `max_keys` keys.
pub struct RetryBudgets {
    settings: Settings,
    keys: Keys<RetryBudget, ()>,
}

impl RetryBudgets {
    /// Creates a set without keys. Its budgets have the defaults of [`RetryBudget`].
    #[must_use]
    pub const fn new() -> Self {
        Self { settings: Settings::DEFAULT, keys: Keys::new(()) }
    }

    /// Returns the budget of this key. Creates it if there is none.
    ///
    /// In a full set, this may be a budget that several keys share: see
    /// [above](RetryBudgets#when-it-is-full).
    pub fn for_key(&self, key: impl AsRef<str>) -> Arc<RetryBudget> {
        let key = key.as_ref();
        self.keys.look_up(key).unwrap_or_else(|| self.find_or_make(key))
    }

    #[cold]
    fn find_or_make(&self, key: &str) -> Arc<RetryBudget> {
        let make = |(): &(), _: Owner<'_>| RetryBudget::with(self.settings);
        self.keys.find_or_make(key, clock::millis(), make).0
    }
}

keyed! { RetryBudgets {}, "budget" }

/// The time is in milliseconds.
impl Value for RetryBudget {
    /// A budget that holds less than a new one must stay, or its key could come back with more.
    fn loss(&self, now: u64) -> Option<Loss> {
        let held = self.paid(self.held(), self.floor(|| now));
        (held.thousandths >= self.settings().first().thousandths).then_some(Loss::Nothing)
    }
}

impl Default for RetryBudgets {
    fn default() -> Self {
        Self::new()
    }
}
