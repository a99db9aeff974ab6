//! Values by key, created when a key is first used, with a limit.
//!
//! At `max_keys`, a new key replaces one whose value is the smallest loss. If none can be replaced,
//! it shares one of 16 overflow values with other new keys. So does a key that is too long.

mod table;

use std::sync::{Arc, PoisonError};

use crate::name;
use crate::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use table::{Entry, Table};

/// The number of overflow values: 2 to the power of 4.
const OVERFLOW: usize = 1 << OVERFLOW_BITS;
const OVERFLOW_BITS: u32 = 4;

/// The number of places examined for one new key. Lookups wait for that long.
const STEPS: usize = 64;

/// The longest key that gets a place, in bytes. A place keeps the whole key, and keys may come from
/// untrusted data.
const LONGEST: usize = 1024;

/// The values of all keys, and the data from which new values are made.
pub(crate) struct Keys<T, M> {
    pub(crate) max_keys: u32,
    places: RwLock<Places<T, M>>,
}

/// The owner of a new value.
#[derive(Clone, Copy)]
pub(crate) enum Owner<'k> {
    Key(&'k str),
    /// The keys that share this overflow value, numbered from 0.
    Overflow(usize),
}

/// A value that can be evicted.
pub(crate) trait Value {
    /// Returns the loss if its key loses it. `None` if it must stay.
    fn loss(&self, now: u64) -> Option<Loss>;
}

/// The loss if a key loses its value. The smallest loss comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// Nothing: a new value would be no different.
    Nothing,
    /// A state that has waited for a call since then.
    State { since: u64 },
    /// Counts that have not been used since then.
    Counts { since: u64 },
}

/// A key that has lost its place to another key.
pub(crate) struct Evicted<T> {
    pub(crate) key: Box<str>,
    pub(crate) value: Arc<T>,
    pub(crate) loss: Loss,
}

/// The values that exist.
pub(crate) struct All<T> {
    /// The values of keys that have a place, in no order.
    pub(crate) own: Vec<Arc<T>>,
    /// The overflow values that exist, by number.
    pub(crate) overflow: Vec<Arc<T>>,
}

struct Places<T, M> {
    made_from: M,
    /// Created with the first key, because a `const` cannot make a random seed.
    table: Option<Table<T>>,
    /// Each is created when first needed.
    overflow: [Option<Arc<T>>; OVERFLOW],
    /// The number of keys that have been given a place so far.
    insertions: u64,
    /// The place where the search for the next new key begins. It rotates, so that every place has
    /// its turn.
    hand: usize,
}

/// The place for a new key.
enum Place {
    Free,
    Taken(usize, Loss),
    None,
}

impl<T: Value, M> Keys<T, M> {
    pub(crate) const fn new(made_from: M) -> Self {
        let places = Places {
            made_from,
            table: None,
            overflow: [const { None }; OVERFLOW],
            insertions: 0,
            hand: 0,
        };
        Self { max_keys: 1024, places: RwLock::new(places) }
    }

    /// Returns the value of a key that has a place. This counts as a use.
    #[inline]
    pub(crate) fn look_up(&self, key: &str) -> Option<Arc<T>> {
        // Long keys are not hashed while other threads wait for the lock.
        if key.len() > LONGEST {
            return None;
        }
        let places = self.read();
        Some(places.find(key)?.touch(places.insertions))
    }

    /// Returns the value of a key that has a place. This does not count as a use.
    pub(crate) fn peek(&self, key: &str) -> Option<Arc<T>> {
        self.read().find(key).map(|entry| Arc::clone(&entry.value))
    }

    /// Returns the value of a key, and the key that has lost its place to it.
    ///
    /// At `max_keys`, a new key replaces the key with the smallest `loss` among the next [`STEPS`],
    /// and among equal losses the least recently used one. A value without a `loss` stays. If all
    /// stay, or the key is too long, the key gets an overflow value, chosen by the hash of its
    /// start.
    pub(crate) fn find_or_make(
        &self,
        key: &str,
        now: u64,
        make: impl FnOnce(&M, Owner<'_>) -> T,
    ) -> (Arc<T>, Option<Evicted<T>>) {
        let max_keys = self.max_keys as usize;
        let is_too_long = key.len() > LONGEST;
        let key = name::start(key, LONGEST);
        let Places { made_from, table, overflow, insertions, hand } = &mut *self.write();
        let table = table.get_or_insert_with(|| Table::new(max_keys));
        let hash = table.hash(key);
        // Another thread may have created it since the caller looked it up.
        if let Some(entry) = table.find(hash, key).filter(|_| !is_too_long) {
            return (entry.touch(*insertions), None);
        }
        let place = if is_too_long {
            Place::None
        } else if table.entries().len() < max_keys {
            Place::Free
        } else {
            find_place(table.entries(), hand, now)
        };
        if matches!(place, Place::None) {
            // The highest bits, because the lowest ones choose the bucket.
            let number = (hash >> (u64::BITS - OVERFLOW_BITS)) as usize;
            let make = || Arc::new(make(made_from, Owner::Overflow(number)));
            return (Arc::clone(overflow[number].get_or_insert_with(make)), None);
        }
        *insertions += 1;
        let value = Arc::new(make(made_from, Owner::Key(key)));
        let entry = Entry::new(key, hash, Arc::clone(&value), *insertions);
        // Returned to be dropped after the lock is released.
        let evicted = if let Place::Taken(at, loss) = place {
            let Entry { key, value, .. } = table.replace(at, entry);
            Some(Evicted { key, value, loss })
        } else {
            table.push(entry);
            None
        };
        (value, evicted)
    }

    /// Changes the data from which new values are made. To change existing values, call
    /// [`each`](Self::each) afterwards. Values created in between are already made from the
    /// changes.
    pub(crate) fn change(&self, change: impl FnOnce(&mut M)) {
        change(&mut self.write().made_from);
    }

    /// Passes the data from which new values are made.
    pub(crate) fn made_from(&self, look: impl FnOnce(&M)) {
        look(&self.read().made_from);
    }

    /// Passes each existing value, and perhaps some that are created meanwhile. The lock is held
    /// only while a few values are collected, and never while one is visited.
    pub(crate) fn each(&self, mut visit: impl FnMut(Arc<T>)) {
        const AT_ONCE: usize = 64;
        let mut at = 0;
        loop {
            // A place keeps its index. Only its value may be replaced.
            let places = self.read();
            let entries = places.entries().iter().skip(at).take(AT_ONCE);
            let values: Vec<_> = entries.map(|entry| Arc::clone(&entry.value)).collect();
            drop(places);
            if values.is_empty() {
                break;
            }
            at += values.len();
            values.into_iter().for_each(&mut visit);
        }
        self.overflow().into_iter().for_each(visit);
    }

    /// Returns the number of keys that have a place.
    pub(crate) fn len(&self) -> usize {
        self.read().entries().len()
    }

    /// Returns the values that exist.
    pub(crate) fn all(&self) -> All<T> {
        let places = self.read();
        let own = places.entries().iter().map(|entry| Arc::clone(&entry.value)).collect();
        All { own, overflow: places.overflow.iter().flatten().map(Arc::clone).collect() }
    }

    /// Returns the overflow values that exist, by number.
    pub(crate) fn overflow(&self) -> Vec<Arc<T>> {
        self.read().overflow.iter().flatten().map(Arc::clone).collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Places<T, M>> {
        // The places are intact after each change, so a panic under the lock breaks nothing.
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
}

/// Finds a place for a new key, and moves the hand past the places that were examined. There must
/// be at least one entry.
fn find_place<T: Value>(entries: &[Entry<T>], hand: &mut usize, now: u64) -> Place {
    let examined = (*hand..entries.len()).chain(0..*hand).take(STEPS);
    *hand = (*hand + STEPS.min(entries.len())) % entries.len();
    let mut first: Option<Candidate<'_>> = None;
    for at in examined {
        let Entry { key, value, .. } = &entries[at];
        let candidate = |loss| Candidate { loss, used: entries[at].used(), key, at };
        let goes_first =
            |loss| first.as_ref().is_none_or(|first| candidate(loss).goes_before(first));
        // The value is only read if it matters, because it is elsewhere in memory.
        if !goes_first(Loss::Nothing) {
            continue;
        }
        let Some(loss) = value.loss(now) else { continue };
        if goes_first(loss) {
            first = Some(candidate(loss));
        }
    }
    first.map_or(Place::None, |first| Place::Taken(first.at, first.loss))
}

/// A key that may lose its place.
struct Candidate<'k> {
    loss: Loss,
    used: u64,
    key: &'k str,
    at: usize,
}

impl Candidate<'_> {
    fn goes_before(&self, other: &Self) -> bool {
        let by_use = self.loss.cmp(&other.loss).then(self.used.cmp(&other.used));
        by_use.then_with(|| self.key.cmp(other.key)).is_lt()
    }
}

/// Declares the items that every set with one value per key has. The set has the fields `settings`,
/// from which the values are made, and `keys`, and perhaps one that `Debug` shows.
macro_rules! keyed {
    ($set:ident { $($field:ident)? }, $value:literal) => {
        impl $set {
            #[doc = concat!("Sets the maximum number of keys that have their own ", $value, ".")]
            /// Default: 1024.
            ///
            /// # Panics
            ///
            /// If the number is outside 1 to 65,535; in a `static` that is a compile error.
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

            /// Replaces the settings. No value was made from the old ones, because there are no
            /// keys yet.
            pub(crate) const fn with_settings(mut self, settings: Settings) -> Self {
                self.settings = settings;
                self
            }

            #[doc = concat!("Returns the number of keys that have their own ", $value, ".")]
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
