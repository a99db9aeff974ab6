//! Many breakers under one name, one per key, and never more than they may be.
//!
//! All of it is `#[inline]` or generic, because the tree is a good part of what there is to compile: only those who
//! have keys compile it.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::{BreakerOverride, CircuitBreaker, Settings, Violation, builder};
use crate::config::Mode;
use crate::failure::FailureKinds;
use crate::name::Name;
use crate::observe::{self, Event};
use crate::registry::{self, Configured, Handle, Snapshot};
use crate::sync::{AtomicBool, AtomicU64, Ordering, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What the name of the shared breaker ends in.
const OTHERS: &str = "(other keys)";

/// Many circuit breakers under one name: one per host, tenant or model.
///
/// One tenant whose calls fail must not shut out the others. Put the set in a `static` and name it with a key
/// in `#[circuit_breaker(UPSTREAMS, key = host)]`; or use [`for_key`](Self::for_key). All breakers have the
/// same settings. The one of `host` is named `upstreams/host`.
///
/// ```
/// use retry_runtime::{CircuitBreakers, CircuitState};
///
/// static UPSTREAMS: CircuitBreakers =
///     CircuitBreakers::new("upstreams").failure_threshold(3).max_keys(256);
///
/// let breaker = UPSTREAMS.for_key("eu.example.com");
/// assert_eq!(breaker.name(), "upstreams/eu.example.com");
/// for _ in 0..3 {
///     breaker.try_acquire()?.failure();
/// }
/// assert_eq!(UPSTREAMS.for_key("eu.example.com").state(), CircuitState::Open);
/// assert_eq!(UPSTREAMS.for_key("us.example.com").state(), CircuitState::Closed);
/// # Ok::<(), retry_runtime::CircuitOpen>(())
/// ```
///
/// # Default
///
/// `max_keys` is 1024. The other settings, their defaults and their limits are those of [`CircuitBreaker`].
///
/// # When it is full
///
/// Keys come from data, and must not fill the memory; how long one may be is for the caller to bound. At
/// `max_keys`, a new key takes the place of the least recently used breaker among those that are closed, not
/// forced, and in the mode of the set. One that is open, half-open, forced or in another mode never goes: it holds
/// what must not be forgotten, until its key is called again. If none can go, all new keys share one breaker, named
/// `upstreams/(other keys)`, as the key `(other keys)` always does, and [`Event::KeysExhausted`] says so: once, and again only after a new key has found a
/// place in between.
///
/// Use is counted in new keys, not in time: of the breakers that were looked up since the same new key came,
/// the first by key goes first. A new key at `max_keys` looks at every breaker, O(n), and holds up the other
/// look-ups meanwhile: a reason to stay with some thousands. A known key costs one search in a tree.
///
/// A [`Permit`](crate::Permit) or a [`Handle`] keeps a breaker alive that has lost its place. A verdict goes to the
/// breaker that admitted the call, and is lost with it: the key begins anew, closed.
///
/// # Cost
///
/// A look-up of a known key takes a lock for reading and allocates nothing. Admission and verdict through the
/// breaker that was found take no lock.
pub struct CircuitBreakers {
    name: &'static str,
    settings: Settings,
    max_keys: u32,
    /// The registry has not been told of this set.
    unlisted: AtomicBool,
    keys: RwLock<Keys>,
}

struct Keys {
    found: BTreeMap<Box<str>, Entry>,
    /// How many keys have found a place so far.
    insertions: u64,
    /// Made when it is first needed.
    others: Option<Arc<CircuitBreaker>>,
    /// No new key has found a place since one was sent to `others`.
    exhausted: bool,
    /// What takes the place of the settings of the set.
    changed: BreakerOverride,
    /// The registry has the set, so that its breakers may be configured by name.
    listed: bool,
}

struct Entry {
    breaker: Arc<CircuitBreaker>,
    /// What `insertions` was when the key was last looked up.
    ///
    /// Relaxed: it guards nothing, and is compared only under the lock for writing, which the looks-up before
    /// have released.
    used: AtomicU64,
}

impl CircuitBreakers {
    /// A set without keys, whose breakers have the defaults of [`CircuitBreaker`].
    #[must_use]
    #[inline]
    pub const fn new(name: &'static str) -> Self {
        Self::with(name, Settings::DEFAULT)
    }

    #[inline]
    pub(crate) const fn with(name: &'static str, settings: Settings) -> Self {
        Self {
            name,
            settings,
            max_keys: 1024,
            unlisted: AtomicBool::new(true),
            keys: RwLock::new(Keys {
                found: BTreeMap::new(),
                insertions: 0,
                others: None,
                exhausted: false,
                changed: BreakerOverride::new(),
                listed: false,
            }),
        }
    }

    /// How many keys have a breaker of their own at most. Default 1024.
    ///
    /// # Panics
    ///
    /// Outside 1 to 65,535; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    #[inline]
    pub const fn max_keys(mut self, keys: u32) -> Self {
        assert!(0 < keys && keys <= 0xFFFF, "{}", Violation::MaxKeys.text());
        self.max_keys = keys;
        self
    }

    pub(crate) const fn made(&self) -> Settings {
        self.settings
    }

    /// Nothing is made from the settings before the first key comes.
    #[inline]
    pub(crate) const fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// The name it was made with.
    #[must_use]
    #[inline]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The breaker of that key; where there is none, it is made.
    ///
    /// In a full set that is the shared one, if no other can go.
    pub fn for_key(&self, key: impl AsRef<str>) -> Handle {
        let key = key.as_ref();
        self.get(key).unwrap_or_else(|| self.find_or_make(key))
    }

    /// The breaker of that key, if it has one. This counts as a use.
    #[must_use]
    #[inline]
    pub fn get(&self, key: &str) -> Option<Handle> {
        self.read().look_up(key)
    }

    /// How many keys have a breaker of their own.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.read().found.len()
    }

    /// Whether no key has a breaker.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.read().found.is_empty()
    }

    /// What each breaker is doing, in the order of the keys; the shared one, if it was needed, comes last.
    #[must_use]
    #[inline]
    pub fn all(&self) -> Vec<Snapshot> {
        self.handles().iter().map(|breaker| breaker.snapshot()).collect()
    }

    /// Its breakers, without counting as a use of them.
    #[inline]
    pub(crate) fn handles(&self) -> Vec<Handle> {
        let keys = self.read();
        let found = keys.found.values().map(|entry| &entry.breaker);
        found.chain(&keys.others).map(|breaker| Handle::shared(Arc::clone(breaker))).collect()
    }

    /// The breaker that has the end of this name, without counting as a use of it.
    #[inline]
    pub(crate) fn named(&self, key: &str) -> Option<Handle> {
        let keys = self.read();
        let found = keys.found.get(key).map(|entry| &entry.breaker);
        found.or_else(|| keys.others_of(key)).map(|breaker| Handle::shared(Arc::clone(breaker)))
    }

    /// [`for_key`](Self::for_key) for a set in a `static`, which is listed in the registry the first time.
    #[inline]
    pub(crate) fn for_key_listed(&'static self, key: &str) -> Handle {
        // Read first: a write by every call would take the line from the other threads.
        if self.unlisted.load(Ordering::Relaxed) {
            registry::list_keyed(self);
        }
        self.for_key(key)
    }

    /// Whether the caller is the one who has to tell the registry.
    ///
    /// Relaxed: the flag guards nothing, and of those who clear it one alone has found it set.
    #[inline]
    pub(crate) fn take_unlisted(&self) -> bool {
        self.unlisted.swap(false, Ordering::Relaxed)
    }

    #[cold]
    #[inline]
    fn find_or_make(&self, key: &str) -> Handle {
        // Before the keys, as whoever configures does: what holds for this key alone must not change on the way.
        let configured = registry::configured();
        let mut keys = self.write();
        // Asked again: another thread may have made it since.
        if let Some(found) = keys.look_up(key) {
            return found;
        }
        if key != OTHERS && keys.make_room(self.max_keys as usize) {
            let made = self.make(key, &keys, &configured);
            return keys.insert(key, made);
        }
        let others = keys.others.take().unwrap_or_else(|| self.make(OTHERS, &keys, &configured));
        keys.others = Some(Arc::clone(&others));
        let first = key != OTHERS && !mem::replace(&mut keys.exhausted, true);
        drop(keys);
        drop(configured);
        if first {
            let (breakers, max_keys) = (self.name, self.max_keys);
            observe::emit(|| Event::KeysExhausted { breakers, max_keys });
        }
        Handle::shared(others)
    }

    #[inline]
    fn make(&self, key: &str, keys: &Keys, configured: &Configured) -> Arc<CircuitBreaker> {
        let name = format!("{}/{key}", self.name);
        let made = CircuitBreaker::with(Name::Shared(name.into()), self.settings);
        // The set has accepted it.
        let _ = made.change(&keys.changed, false);
        if keys.listed {
            configured.apply_to_new_key(&made);
        }
        Arc::new(made)
    }

    /// Breakers that are made from now on are changed like this; those that there are have yet to be.
    #[inline]
    pub(crate) fn remember(&self, to: &BreakerOverride) -> Vec<Handle> {
        self.write().changed = *to;
        self.handles()
    }

    #[inline]
    pub(crate) fn note_listed(&self) {
        self.write().listed = true;
    }

    #[inline]
    fn read(&self) -> RwLockReadGuard<'_, Keys> {
        // Poison says that a panic came while the lock was held; the keys are whole after each change.
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn write(&self) -> RwLockWriteGuard<'_, Keys> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    /// The shared breaker, under its name: no key has another of that name.
    #[inline]
    fn others_of(&self, key: &str) -> Option<&Arc<CircuitBreaker>> {
        self.others.as_ref().filter(|_| key == OTHERS)
    }

    #[inline]
    fn look_up(&self, key: &str) -> Option<Handle> {
        let Some(entry) = self.found.get(key) else {
            return self.others_of(key).map(|others| Handle::shared(Arc::clone(others)));
        };
        // Only where it differs: threads that look up one key share its line until a new key comes.
        if entry.used.load(Ordering::Relaxed) != self.insertions {
            entry.used.store(self.insertions, Ordering::Relaxed);
        }
        Some(Handle::shared(Arc::clone(&entry.breaker)))
    }

    /// Whether there is room for one more key, if need be in the place of another.
    #[inline]
    fn make_room(&mut self, max_keys: usize) -> bool {
        if self.found.len() < max_keys {
            return true;
        }
        let idle = self.found.iter().filter(|(_, entry)| entry.breaker.is_at_rest());
        let oldest = idle.min_by_key(|(_, entry)| entry.used.load(Ordering::Relaxed));
        let Some(key) = oldest.map(|(key, _)| key.clone()) else { return false };
        self.found.remove(&key).is_some()
    }

    #[inline]
    fn insert(&mut self, key: &str, breaker: Arc<CircuitBreaker>) -> Handle {
        self.insertions += 1;
        self.exhausted = false;
        let handle = Handle::shared(Arc::clone(&breaker));
        self.found.insert(key.into(), Entry { breaker, used: AtomicU64::new(self.insertions) });
        handle
    }
}

builder::setters!(CircuitBreakers);

impl fmt::Debug for CircuitBreakers {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakers")
            .field("name", &self.name)
            .field("keys", &self.len())
            .field("max_keys", &self.max_keys)
            .finish_non_exhaustive()
    }
}
