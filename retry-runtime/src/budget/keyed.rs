//! Many budgets, one per key.
//!
//! `#[inline]`, as are the keys themselves: only those who have keys compile it.

use std::fmt;
use std::sync::{Arc, PoisonError};

use super::settings::Settings;
use super::{RetryBudget, builder};
use crate::keys::Keys;
use crate::sync::RwLock;

/// Many retry budgets: one per host, tenant or model.
///
/// One host that fails must not take the retries of the others. Put the set in a `static` and name a key's budget in
/// `#[async_retry(STANDARD, budget = HOSTS.for_key(host))]`. All budgets have the same settings.
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
/// `max_keys` is 1024. The other settings, their defaults and their limits are those of [`RetryBudget`].
///
/// # When it is full
///
/// Keys come from data, and must not fill the memory. At `max_keys`, a new key takes the place of the least recently used
/// budget among those that hold as much as a new one would. One that holds less never goes, since its key would come back
/// with more. If none can go, all new keys share one budget.
///
/// # Cost
///
/// A look-up of a known key takes a lock for reading and allocates nothing. One per series, and one per retry.
pub struct RetryBudgets {
    settings: Settings,
    max_keys: u32,
    keys: RwLock<Keys<RetryBudget>>,
}

impl RetryBudgets {
    /// A set without keys, whose budgets have the defaults of [`RetryBudget`].
    #[must_use]
    #[inline]
    pub const fn new() -> Self {
        Self { settings: Settings::DEFAULT, max_keys: 1024, keys: RwLock::new(Keys::new()) }
    }

    /// How many keys have a budget of their own at most. Default 1024.
    ///
    /// # Panics
    ///
    /// Outside 1 to 65,535; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    #[inline]
    pub const fn max_keys(mut self, keys: u32) -> Self {
        assert!(
            0 < keys && keys <= 0xFFFF,
            "`max_keys` must be from 1 to 65,535: as many keys have a budget of their own"
        );
        self.max_keys = keys;
        self
    }

    const fn built(&self) -> Settings {
        self.settings
    }

    /// Nothing is made from the settings before the first key comes.
    #[inline]
    const fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// The budget of that key; where there is none, it is made.
    ///
    /// In a full set that is the shared one, if no other can go.
    pub fn for_key(&self, key: impl AsRef<str>) -> Arc<RetryBudget> {
        let key = key.as_ref();
        // Poison says that a panic came while the lock was held; the keys are whole after each change.
        let known = self.keys.read().unwrap_or_else(PoisonError::into_inner).look_up(key);
        known.unwrap_or_else(|| self.find_or_make(key))
    }

    #[cold]
    #[inline]
    fn find_or_make(&self, key: &str) -> Arc<RetryBudget> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let make = |_: &str| RetryBudget::with(self.settings);
        keys.find_or_make(key, self.max_keys, RetryBudget::is_replaceable, make).value
    }

    /// How many keys have a budget of their own.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether no key has a budget.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

builder::setters!(RetryBudgets);

impl Default for RetryBudgets {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RetryBudgets {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryBudgets")
            .field("keys", &self.len())
            .field("max_keys", &self.max_keys)
            .finish_non_exhaustive()
    }
}
