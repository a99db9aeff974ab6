//! The entries of keys that have a place, and their lookup.
//!
//! Std's map moves all its entries when it grows, and again after many removals. With 65,535 keys,
//! lookups would wait for milliseconds. Here no step depends on the number of keys: all memory is
//! reserved with the first key, and the entries of a bucket form a chain.

use std::hash::{BuildHasher, Hasher};
use std::mem;
use std::sync::Arc;

use crate::sync::{AtomicU64, Ordering, RandomState};

/// The entries, up to the number for which the table was made.
pub(super) struct Table<T> {
    /// Random, so that an attacker cannot choose keys that collide.
    seed: RandomState,
    /// The first entry of each chain. The number of buckets is a power of two, and at least twice
    /// the number of places, so most chains have one entry.
    buckets: Vec<Link>,
    entries: Vec<Entry<T>>,
}

/// One more than the index of an entry. 0 ends a chain, so new buckets are zeroed memory, which the
/// system provides only when it is used.
type Link = usize;

/// A key that has a place.
pub(super) struct Entry<T> {
    pub(super) key: Box<str>,
    pub(super) value: Arc<T>,
    hash: u64,
    /// The next entry of the chain.
    next: Link,
    /// The number of insertions when the key was last looked up.
    ///
    /// Relaxed: it guards nothing. It is compared only under the write lock, and earlier lookups
    /// have released the read lock.
    used: AtomicU64,
}

impl<T> Table<T> {
    pub(super) fn new(max_keys: usize) -> Self {
        Self {
            seed: RandomState::default(),
            buckets: vec![0; (2 * max_keys).next_power_of_two()],
            entries: Vec::with_capacity(max_keys),
        }
    }

    /// Returns the hash of a key.
    #[inline]
    pub(super) fn hash(&self, key: &str) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write(key.as_bytes());
        hasher.finish()
    }

    /// Returns the entry of a key with this hash.
    #[inline]
    pub(super) fn find(&self, hash: u64, key: &str) -> Option<&Entry<T>> {
        let mut link = self.buckets[self.bucket(hash)];
        loop {
            // The end of a chain wraps to an index that no entry has.
            let entry = self.entries.get(link.wrapping_sub(1))?;
            if entry.hash == hash && *entry.key == *key {
                return Some(entry);
            }
            link = entry.next;
        }
    }

    pub(super) fn entries(&self) -> &[Entry<T>] {
        &self.entries
    }

    /// Adds an entry. There must be a free place.
    pub(super) fn push(&mut self, entry: Entry<T>) {
        self.entries.push(entry);
        self.link(self.entries.len() - 1);
    }

    /// Replaces an entry. Returns the old one.
    pub(super) fn replace(&mut self, at: usize, entry: Entry<T>) -> Entry<T> {
        self.unlink(at);
        let replaced = mem::replace(&mut self.entries[at], entry);
        self.link(at);
        replaced
    }

    /// Puts an entry at the start of its chain.
    fn link(&mut self, at: usize) {
        let bucket = self.bucket(self.entries[at].hash);
        self.entries[at].next = mem::replace(&mut self.buckets[bucket], at + 1);
    }

    /// Removes an entry from its chain.
    fn unlink(&mut self, at: usize) {
        let Entry { hash, next, .. } = &self.entries[at];
        let (bucket, next) = (self.bucket(*hash), *next);
        let mut link = &mut self.buckets[bucket];
        while *link != at + 1 {
            let before = *link - 1;
            link = &mut self.entries[before].next;
        }
        *link = next;
    }

    #[inline]
    fn bucket(&self, hash: u64) -> usize {
        // Only the lowest bits are used.
        #[allow(clippy::cast_possible_truncation)]
        let hash = hash as usize;
        hash & (self.buckets.len() - 1)
    }
}

impl<T> Entry<T> {
    pub(super) fn new(key: &str, hash: u64, value: Arc<T>, insertions: u64) -> Self {
        Self { key: key.into(), value, hash, next: 0, used: AtomicU64::new(insertions) }
    }

    /// Returns the value, and marks its key as used at this number of insertions.
    #[inline]
    pub(super) fn touch(&self, insertions: u64) -> Arc<T> {
        // Stored only if it differs, so that threads that look up one key share its cache line.
        if self.used() != insertions {
            self.used.store(insertions, Ordering::Relaxed);
        }
        Arc::clone(&self.value)
    }

    /// Returns the number of insertions when the key was last looked up.
    #[inline]
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys_found(table: &Table<usize>, of: &[String]) -> Vec<usize> {
        let found = of.iter().filter_map(|key| table.find(table.hash(key), key));
        found.map(|entry| *entry.value).collect()
    }

    /// A table with few buckets and long chains, whatever the seed is.
    #[test]
    fn each_key_is_found_until_it_is_replaced() {
        const PLACES: usize = 8;
        let mut table = Table::new(PLACES);
        let keys: Vec<_> = (0..300).map(|number| number.to_string()).collect();
        let mut present = Vec::new();
        for (number, key) in keys.iter().enumerate() {
            let entry = Entry::new(key, table.hash(key), Arc::new(number), 0);
            if number < PLACES {
                table.push(entry);
                present.push(number);
            } else {
                // In an order that reaches the start, the middle and the end of chains.
                let at = number * 5 % PLACES;
                let replaced = mem::replace(&mut present[at], number);
                assert_eq!(*table.replace(at, entry).key, keys[replaced]);
            }
            let mut sorted = present.clone();
            sorted.sort_unstable();
            assert_eq!(keys_found(&table, &keys), sorted);
        }
    }

    #[test]
    fn each_byte_of_a_key_counts() {
        let table = Table::<()>::new(1);
        let key = "a key that is longer than a block of the hash";
        let mut hashes: BTreeSet<_> = (0..=key.len()).map(|end| table.hash(&key[..end])).collect();
        hashes.extend(
            (0..key.len()).map(|at| table.hash(&(key[..at].to_owned() + "_" + &key[at + 1..]))),
        );
        assert_eq!(hashes.len(), 2 * key.len() + 1);
    }

    #[test]
    fn two_tables_have_different_seeds() {
        assert_ne!(Table::<()>::new(1).hash("key"), Table::<()>::new(1).hash("key"));
    }
}
