//! Values by key: made when a key is first used, and bounded in number.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use crate::sync::{AtomicU64, Ordering};

/// The key of the value that all keys without a place share.
pub(crate) const OTHERS: &str = "(other keys)";

/// The values of all keys. A lock around it is read for lookups and written for changes.
pub(crate) struct Keys<T> {
    found: BTreeMap<Box<str>, Entry<T>>,
    /// The keys that have found a place so far.
    insertions: u64,
    /// The shared value, made when it is first needed.
    others: Option<Arc<T>>,
    /// Set while no new key has found a place since one was sent to `others`.
    exhausted: bool,
}

struct Entry<T> {
    value: Arc<T>,
    /// The value of `insertions` when the key was last looked up.
    ///
    /// Relaxed: it guards nothing, and is compared only under the write lock, which earlier lookups
    /// have released.
    used: AtomicU64,
}

/// The value of a key that may be new.
pub(crate) struct Found<T> {
    pub(crate) value: Arc<T>,
    /// The value is the shared one, and the key before this one still found a place.
    pub(crate) exhausted_first: bool,
}

impl<T> Keys<T> {
    pub(crate) const fn new() -> Self {
        Self { found: BTreeMap::new(), insertions: 0, others: None, exhausted: false }
    }

    /// Returns the value of a key. This counts as a use.
    pub(crate) fn look_up(&self, key: &str) -> Option<Arc<T>> {
        let Some(entry) = self.found.get(key) else { return self.peek(key) };
        // Stored only if it differs: threads that look up one key share its cache line until then.
        if entry.used.load(Ordering::Relaxed) != self.insertions {
            entry.used.store(self.insertions, Ordering::Relaxed);
        }
        Some(Arc::clone(&entry.value))
    }

    /// Returns the value of a key, without counting as a use of it.
    pub(crate) fn peek(&self, key: &str) -> Option<Arc<T>> {
        // No other key has the name of the shared value.
        let others = || self.others.as_ref().filter(|_| key == OTHERS);
        self.found.get(key).map(|entry| &entry.value).or_else(others).cloned()
    }

    /// Returns the value of a key. A new key gets its own, or the shared one if it finds no place.
    ///
    /// At `max_keys` it takes the place of the least recently used one that `is_idle`.
    pub(crate) fn find_or_make(
        &mut self,
        key: &str,
        max_keys: u32,
        is_idle: impl Fn(&T) -> bool,
        make: impl FnOnce(&str) -> T,
    ) -> Found<T> {
        if let Some(value) = self.look_up(key) {
            return Found { value, exhausted_first: false };
        }
        if key != OTHERS && self.has_place(max_keys as usize, is_idle) {
            let value = Arc::new(make(key));
            self.insertions += 1;
            self.exhausted = false;
            let entry = Entry { value: Arc::clone(&value), used: AtomicU64::new(self.insertions) };
            self.found.insert(key.into(), entry);
            return Found { value, exhausted_first: false };
        }
        let value = Arc::clone(self.others.get_or_insert_with(|| Arc::new(make(OTHERS))));
        Found { value, exhausted_first: key != OTHERS && !mem::replace(&mut self.exhausted, true) }
    }

    /// Returns whether there is a place for one more key, after removing another if necessary.
    fn has_place(&mut self, max_keys: usize, is_idle: impl Fn(&T) -> bool) -> bool {
        if self.found.len() < max_keys {
            return true;
        }
        let idle = self.found.iter().filter(|(_, entry)| is_idle(&entry.value));
        let oldest = idle.min_by_key(|(_, entry)| entry.used.load(Ordering::Relaxed));
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return false };
        self.found.remove(&key).is_some()
    }

    /// Returns the number of keys that have a place.
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// Returns the values in the order of the keys, and the shared one, if it was made, last.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<T>> {
        self.found.values().map(|entry| &entry.value).chain(&self.others)
    }
}
