//! Values by key: made when a key is first used, and bounded in number.

mod table;

use std::mem;
use std::sync::{Arc, PoisonError};

use crate::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use table::{Entry, Table};

/// The key of the value that all keys without a place share.
const OTHERS: &str = "(other keys)";

/// The values of all keys, and what new ones are made from.
pub(crate) struct Keys<T, M> {
    pub(crate) max_keys: u32,
    places: RwLock<Places<T, M>>,
}

/// The values that exist.
pub(crate) struct All<T> {
    /// Those of keys that have a place, in no order.
    pub(crate) own: Vec<Arc<T>>,
    /// The one of all other keys, if it was made.
    pub(crate) shared: Option<Arc<T>>,
}

struct Places<T, M> {
    made_from: M,
    /// Created with the first key, because a `const` cannot make a random seed.
    table: Option<Table<T>>,
    /// The keys that have found a place so far.
    insertions: u64,
    /// The shared value, made when it is first needed.
    shared: Option<Arc<T>>,
    /// Set while no new key has found a place since one was sent to `shared`.
    exhausted: bool,
}

impl<T, M> Keys<T, M> {
    pub(crate) const fn new(made_from: M) -> Self {
        let places =
            Places { made_from, table: None, insertions: 0, shared: None, exhausted: false };
        Self { max_keys: 1024, places: RwLock::new(places) }
    }

    /// Returns the value of a key. This counts as a use.
    #[inline]
    pub(crate) fn look_up(&self, key: &str) -> Option<Arc<T>> {
        let places = self.read();
        match places.find(key) {
            Some(entry) => Some(entry.touch(places.insertions)),
            None => places.shared_by(key),
        }
    }

    /// Returns the value of a key, without counting as a use of it.
    pub(crate) fn peek(&self, key: &str) -> Option<Arc<T>> {
        let places = self.read();
        match places.find(key) {
            Some(entry) => Some(Arc::clone(&entry.value)),
            None => places.shared_by(key),
        }
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
        if let Some(entry) = places.find(key) {
            return (entry.touch(places.insertions), false);
        }
        let max_keys = self.max_keys as usize;
        let place = if key == OTHERS { None } else { places.find_place(max_keys, is_idle) };
        if let Some(at) = place {
            let value = Arc::new(make(&places.made_from, key));
            places.insert(max_keys, at, key, Arc::clone(&value));
            return (value, false);
        }
        let exhausted_first = key != OTHERS && !mem::replace(&mut places.exhausted, true);
        let make = || Arc::new(make(&places.made_from, OTHERS));
        (Arc::clone(places.shared.get_or_insert_with(make)), exhausted_first)
    }

    /// Changes what new values are made from. To change those that exist, call [`each`](Self::each)
    /// afterwards: values that come in between are made from the changes.
    pub(crate) fn change(&self, change: impl FnOnce(&mut M)) {
        change(&mut self.write().made_from);
    }

    /// Passes what new values are made from.
    pub(crate) fn made_from(&self, look: impl FnOnce(&M)) {
        look(&self.read().made_from);
    }

    /// Passes each value that exists, and perhaps some that come meanwhile. No lock is held while a
    /// value is visited, and no other thread waits while more than a few are collected.
    pub(crate) fn each(&self, mut visit: impl FnMut(Arc<T>)) {
        const AT_ONCE: usize = 64;
        let mut at = 0;
        loop {
            // A place keeps its index. Only its value may be replaced.
            let places = self.read();
            let entries = places.entries.iter().skip(at).take(AT_ONCE);
            let values: Vec<_> = entries.map(|entry| Arc::clone(&entry.value)).collect();
            drop(places);
            if values.is_empty() {
                break;
            }
            at += values.len();
            values.into_iter().for_each(&mut visit);
        }
        let shared = self.read().shared.clone();
        shared.into_iter().for_each(visit);
    }

    /// Returns the number of keys that have a place.
    pub(crate) fn len(&self) -> usize {
        self.read().entries().len()
    }

    /// Returns the values that exist.
    pub(crate) fn all(&self) -> All<T> {
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
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a look-up is then one function, but for the hash")]
    fn find(&self, key: &str) -> Option<&Entry<T>> {
        let table = self.table.as_ref()?;
        table.find(table.hash(key), key)
    }

    fn entries(&self) -> &[Entry<T>] {
        self.table.as_ref().map_or(&[], Table::entries)
    }

    /// Returns the shared value if it was made and the key is its own. No other key has that name.
    #[cold]
    fn shared_by(&self, key: &str) -> Option<Arc<T>> {
        if key == OTHERS { self.shared.clone() } else { None }
    }

    /// Returns the index for a new key: the end of the list, or that of the key it replaces.
    fn find_place(&self, max_keys: usize, is_idle: impl Fn(&T) -> bool) -> Option<usize> {
        if self.entries().len() < max_keys {
            return Some(self.entries().len());
        }
        let mut oldest = None;
        for (at, entry) in self.entries().iter().enumerate() {
            let last_use = (entry.used(), &*entry.key);
            // The value is asked last: it lies elsewhere in memory.
            if oldest.is_none_or(|(oldest, _)| last_use < oldest) && is_idle(&entry.value) {
                oldest = Some((last_use, at));
            }
        }
        oldest.map(|(_, at)| at)
    }

    /// Gives a new key this place, see [`find_place`](Self::find_place).
    fn insert(&mut self, max_keys: usize, at: usize, key: &str, value: Arc<T>) {
        let table = self.table.get_or_insert_with(|| Table::new(max_keys));
        self.insertions += 1;
        self.exhausted = false;
        let entry = Entry::new(key, table.hash(key), value, self.insertions);
        if at < table.entries().len() {
            table.replace(at, entry);
        } else {
            table.push(entry);
        }
    }

    fn all(&self) -> All<T> {
        let own = self.entries().iter().map(|entry| Arc::clone(&entry.value)).collect();
        All { own, shared: self.shared.clone() }
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
