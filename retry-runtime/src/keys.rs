//! Things by key: made when a key first comes, and never more than they may be.
//!
//! All of it is `#[inline]` or generic, because the tree is a good part of what there is to compile: only those who
//! have keys compile it.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use crate::sync::{AtomicU64, Ordering};

/// The key of the one that all share who find no place.
pub(crate) const OTHERS: &str = "(other keys)";

/// What there is for each key. Behind a lock: looked up for reading, changed for writing.
pub(crate) struct Keys<T> {
    found: BTreeMap<Box<str>, Entry<T>>,
    /// How many keys have found a place so far.
    insertions: u64,
    /// Made when it is first needed.
    others: Option<Arc<T>>,
    /// No new key has found a place since one was sent to `others`.
    exhausted: bool,
}

struct Entry<T> {
    value: Arc<T>,
    /// What `insertions` was when the key was last looked up.
    ///
    /// Relaxed: it guards nothing, and is compared only under the lock for writing, which the looks-up before
    /// have released.
    used: AtomicU64,
}

/// What a key found that had none.
pub(crate) struct Found<T> {
    pub(crate) value: Arc<T>,
    /// It is the shared one, and the key before this one still found a place.
    pub(crate) exhausted_first: bool,
}

impl<T> Keys<T> {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self { found: BTreeMap::new(), insertions: 0, others: None, exhausted: false }
    }

    /// What this key has. This counts as a use.
    #[inline]
    pub(crate) fn look_up(&self, key: &str) -> Option<Arc<T>> {
        let Some(entry) = self.found.get(key) else { return self.others_of(key).cloned() };
        // Only where it differs: threads that look up one key share its line until a new key comes.
        if entry.used.load(Ordering::Relaxed) != self.insertions {
            entry.used.store(self.insertions, Ordering::Relaxed);
        }
        Some(Arc::clone(&entry.value))
    }

    /// What this key has, without counting as a use of it.
    #[inline]
    pub(crate) fn peek(&self, key: &str) -> Option<Arc<T>> {
        let found = self.found.get(key).map(|entry| &entry.value);
        found.or_else(|| self.others_of(key)).cloned()
    }

    /// The shared one, under its name: no key has another of that name.
    #[inline]
    fn others_of(&self, key: &str) -> Option<&Arc<T>> {
        self.others.as_ref().filter(|_| key == OTHERS)
    }

    /// What this key has; where it has nothing, what is made for it, or for all that find no place.
    ///
    /// At `max_keys` it takes the place of the least recently used that `is_idle`.
    #[inline]
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
        if key != OTHERS && self.make_room(max_keys as usize, is_idle) {
            let value = Arc::new(make(key));
            self.insert(key, Arc::clone(&value));
            return Found { value, exhausted_first: false };
        }
        let others = self.others.take().unwrap_or_else(|| Arc::new(make(OTHERS)));
        let value = Arc::clone(self.others.insert(others));
        Found { value, exhausted_first: key != OTHERS && !mem::replace(&mut self.exhausted, true) }
    }

    /// Whether there is room for one more key, if need be in the place of another.
    #[inline]
    fn make_room(&mut self, max_keys: usize, is_idle: impl Fn(&T) -> bool) -> bool {
        if self.found.len() < max_keys {
            return true;
        }
        let idle = self.found.iter().filter(|(_, entry)| is_idle(&entry.value));
        let oldest = idle.min_by_key(|(_, entry)| entry.used.load(Ordering::Relaxed));
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return false };
        self.found.remove(&key).is_some()
    }

    #[inline]
    fn insert(&mut self, key: &str, value: Arc<T>) {
        self.insertions += 1;
        self.exhausted = false;
        self.found.insert(key.into(), Entry { value, used: AtomicU64::new(self.insertions) });
    }

    /// How many keys have a place.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.found.len()
    }

    /// In the order of the keys; the shared one, if it was needed, comes last.
    #[inline]
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<T>> {
        self.found.values().map(|entry| &entry.value).chain(&self.others)
    }
}
