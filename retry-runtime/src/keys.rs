//! Values by key: made when a key is first used, and bounded in number.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, PoisonError};

use crate::sync::{AtomicU64, Ordering, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The key of the value that all keys without a place share.
const OTHERS: &str = "(other keys)";

/// The values of all keys, and what new ones are made from.
pub(crate) struct Keys<T, M> {
    pub(crate) max_keys: u32,
    places: RwLock<Places<T, M>>,
}

struct Places<T, M> {
    made_from: M,
    found: BTreeMap<Box<str>, Entry<T>>,
    /// The keys that have found a place so far.
    insertions: u64,
    /// The shared value, made when it is first needed.
    others: Option<Entry<T>>,
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

impl<T, M> Keys<T, M> {
    pub(crate) const fn new(made_from: M) -> Self {
        let found = BTreeMap::new();
        let places = Places { made_from, found, insertions: 0, others: None, exhausted: false };
        Self { max_keys: 1024, places: RwLock::new(places) }
    }

    /// Returns the value of a key. This counts as a use.
    pub(crate) fn look_up(&self, key: &str) -> Option<Arc<T>> {
        self.read().look_up(key)
    }

    /// Returns the value of a key, without counting as a use of it.
    pub(crate) fn peek(&self, key: &str) -> Option<Arc<T>> {
        self.read().find(key).map(|entry| Arc::clone(&entry.value))
    }

    /// Returns the value of a key. A new key gets its own, or the shared one if it finds no place.
    ///
    /// At `max_keys`, a new key takes the place of the least recently used one that `is_idle`. The
    /// flag is set for the first key that gets the shared value since a new key found a place.
    pub(crate) fn find_or_make(
        &self,
        key: &str,
        is_idle: impl Fn(&T) -> bool,
        make: impl FnOnce(&M, &str) -> T,
    ) -> (Arc<T>, bool) {
        let places = &mut *self.write();
        // Another thread may have made it since the caller looked it up.
        if let Some(value) = places.look_up(key) {
            return (value, false);
        }
        if key != OTHERS && places.has_place(self.max_keys as usize, is_idle) {
            let value = Arc::new(make(&places.made_from, key));
            places.insertions += 1;
            places.exhausted = false;
            let used = AtomicU64::new(places.insertions);
            places.found.insert(key.into(), Entry { value: Arc::clone(&value), used });
            return (value, false);
        }
        let exhausted_first = key != OTHERS && !mem::replace(&mut places.exhausted, true);
        let others = places.others.get_or_insert_with(|| Entry {
            value: Arc::new(make(&places.made_from, OTHERS)),
            used: AtomicU64::new(0),
        });
        (Arc::clone(&others.value), exhausted_first)
    }

    /// Changes what new values are made from. Returns those that exist, to be changed too.
    pub(crate) fn change(&self, change: impl FnOnce(&mut M)) -> Vec<Arc<T>> {
        let mut places = self.write();
        change(&mut places.made_from);
        places.all()
    }

    /// Returns the number of keys that have a place.
    pub(crate) fn len(&self) -> usize {
        self.read().found.len()
    }

    /// Returns the values in the order of the keys, and the shared one, if it was made, last.
    pub(crate) fn all(&self) -> Vec<Arc<T>> {
        self.read().all()
    }

    fn read(&self) -> RwLockReadGuard<'_, Places<T, M>> {
        // The places are whole after each change, so a panic under the lock has broken nothing.
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Places<T, M>> {
        self.places.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, M> Places<T, M> {
    fn look_up(&self, key: &str) -> Option<Arc<T>> {
        let entry = self.find(key)?;
        // Stored only if it differs: threads that look up one key share its cache line until then.
        if entry.used.load(Ordering::Relaxed) != self.insertions {
            entry.used.store(self.insertions, Ordering::Relaxed);
        }
        Some(Arc::clone(&entry.value))
    }

    fn find(&self, key: &str) -> Option<&Entry<T>> {
        // No other key has the name of the shared value.
        self.found.get(key).or(self.others.as_ref().filter(|_| key == OTHERS))
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

    fn all(&self) -> Vec<Arc<T>> {
        self.found.values().chain(&self.others).map(|entry| Arc::clone(&entry.value)).collect()
    }
}

/// Declares what every set with a value for each key has. Its fields are `settings`, from which the
/// values are made, `keys`, and perhaps one that `Debug` shows.
macro_rules! keyed {
    ($set:ident { $($field:ident)? }, $value:literal) => {
        impl $set {
            #[doc = concat!("Sets the maximum number of keys that have their own ", $value, ".")]
            /// Default: 1024.
            ///
            /// # Panics
            ///
            /// Outside 1 to 65,535; in a `static` that is a compile error.
            #[must_use]
            #[track_caller]
            pub const fn max_keys(mut self, keys: u32) -> Self {
                assert!(
                    0 < keys && keys <= 0xFFFF,
                    "`max_keys` must be from 1 to 65,535: leave it out for the default, 1024"
                );
                self.keys.max_keys = keys;
                self
            }

            pub(crate) const fn built(&self) -> Settings {
                self.settings
            }

            /// Replaces the settings. Nothing was made from the old ones: there are no keys yet.
            pub(crate) const fn with_settings(mut self, settings: Settings) -> Self {
                self.settings = settings;
                self
            }

            #[doc = concat!("Returns how many keys have a ", $value, " of their own.")]
            #[must_use]
            pub fn len(&self) -> usize {
                self.keys.len()
            }

            #[doc = concat!("Returns whether no key has a ", $value, ".")]
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }

        impl std::fmt::Debug for $set {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($set))
                    $(.field(stringify!($field), &self.$field))?
                    .field("keys", &self.len())
                    .field("max_keys", &self.keys.max_keys)
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use keyed;
