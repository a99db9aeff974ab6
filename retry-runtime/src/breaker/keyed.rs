//! Many breakers under one name, one per key, up to a limit.
//!
//! The functions are `#[inline]`, as the keys' are, so they are compiled only in crates that use
//! them.

use std::fmt;
use std::sync::{Arc, PoisonError};

use super::reconfigure::changing;
use super::{BreakerOverride, CircuitBreaker, Handle, Settings, Snapshot, rules};
use crate::config::ConfigError;
use crate::keys::{Found, Keys};
use crate::name::Name;
use crate::observe::{self, Event};
use crate::sync::{AtomicBool, Ordering, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Many circuit breakers under one name: one per host, tenant or model.
///
/// One tenant whose calls fail must not shut out the others. Put the set in a `static` and name it
/// with a key in `#[circuit_breaker(UPSTREAMS, key = host)]`, or use [`for_key`](Self::for_key). All
/// breakers have the same settings. The one of `host` is named `upstreams/host`.
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
/// `max_keys` is 1024. The other settings, defaults and limits are those of [`CircuitBreaker`].
///
/// # When it is full
///
/// Keys come from data and must not fill the memory. The caller bounds their length. At `max_keys`, a
/// new key takes the place of the least recently used breaker among those that are closed, not
/// forced, and in the mode of the set. Others never go: they hold what must not be forgotten until
/// their key is called again. If none can go, all new keys share one breaker, named
/// `upstreams/(other keys)`, as the key `(other keys)` always does. [`Event::KeysExhausted`] reports
/// this once, and again only after a new key has found a place in between.
///
/// Use is counted in new keys, not in time: of the breakers that were looked up since the same new
/// key came, the first by key goes first. A new key at `max_keys` looks at every breaker, O(n), while
/// other look-ups wait, so stay with some thousands.
///
/// A [`Permit`](crate::Permit) or a [`Handle`] keeps a breaker alive that has lost its place. Outcomes
/// go to the breaker that admitted the call and are lost with it: the key begins anew, closed.
///
/// # Cost
///
/// A look-up of a known key takes a read lock, searches a tree and allocates nothing. Admission and
/// outcome through the breaker that was found take no lock.
pub struct CircuitBreakers {
    name: &'static str,
    settings: Settings,
    max_keys: u32,
    /// The set is not in the registry yet.
    unlisted: AtomicBool,
    state: RwLock<Inner>,
}

struct Inner {
    keys: Keys<CircuitBreaker>,
    /// What replaces the settings of the set.
    changed: BreakerOverride,
    /// Present once the set is listed, so its breakers may be configured by name.
    configure: Option<Configure>,
}

/// Calls a closure while the configuration by name cannot change, with a function that applies it to
/// a new breaker.
pub(crate) type Configure = fn(&mut dyn FnMut(&dyn Fn(&CircuitBreaker)));

impl CircuitBreakers {
    /// Creates a set without keys, whose breakers have the defaults of [`CircuitBreaker`].
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
            state: RwLock::new(Inner {
                keys: Keys::new(),
                changed: BreakerOverride::new(),
                configure: None,
            }),
        }
    }

    /// Sets how many keys have a breaker of their own at most. Default: 1024.
    ///
    /// # Panics
    ///
    /// Outside 1 to 65,535; in a `static` that is a compile error.
    #[must_use]
    #[track_caller]
    #[inline]
    pub const fn max_keys(mut self, keys: u32) -> Self {
        assert!(0 < keys && keys <= 0xFFFF, "{}", rules::MAX_KEYS);
        self.max_keys = keys;
        self
    }

    pub(crate) const fn built(&self) -> Settings {
        self.settings
    }

    /// Replaces the settings. Nothing has been made from the old ones: there are no keys yet.
    #[inline]
    pub(crate) const fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Returns the name that the set was built with.
    #[must_use]
    #[inline]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the breaker of that key, which is made if there is none.
    ///
    /// In a full set that is the shared one, if no other can go.
    pub fn for_key(&self, key: impl AsRef<str>) -> Handle {
        let key = key.as_ref();
        self.get(key).unwrap_or_else(|| self.find_or_make(key))
    }

    /// Returns the breaker of that key, if it has one. This counts as a use.
    #[must_use]
    #[inline]
    pub fn get(&self, key: &str) -> Option<Handle> {
        self.read().keys.look_up(key).map(Handle::shared)
    }

    /// Returns how many keys have a breaker of their own.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.read().keys.len()
    }

    /// Returns whether no key has a breaker.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a snapshot of each breaker in the order of the keys; the shared one, if it was needed,
    /// comes last.
    #[must_use]
    #[inline]
    pub fn all(&self) -> Vec<Snapshot> {
        self.handles().iter().map(|breaker| breaker.snapshot()).collect()
    }

    /// Returns its breakers, without counting as a use of them.
    #[inline]
    pub(crate) fn handles(&self) -> Vec<Handle> {
        self.read().keys.all().map(|breaker| Handle::shared(Arc::clone(breaker))).collect()
    }

    /// Returns the breaker of that key, if it has one, without counting as a use.
    #[inline]
    pub(crate) fn named(&self, key: &str) -> Option<Handle> {
        self.read().keys.peek(key).map(Handle::shared)
    }

    /// [`for_key`](Self::for_key) for a set in a `static`, which is passed to `list` the first time.
    #[inline]
    pub(crate) fn for_key_listed(&'static self, key: &str, list: fn(&'static Self)) -> Handle {
        // Loaded first: an update by each call would take the line from other threads.
        if self.unlisted.load(Ordering::Relaxed) {
            list(self);
        }
        self.for_key(key)
    }

    /// Returns whether the caller is the first, who has to list the set.
    ///
    /// Relaxed: the flag guards nothing, and only one of those who clear it has found it set.
    #[inline]
    pub(crate) fn take_unlisted(&self) -> bool {
        self.unlisted.swap(false, Ordering::Relaxed)
    }

    #[cold]
    fn find_or_make(&self, key: &str) -> Handle {
        // Again if another thread lists the set in between.
        let found = loop {
            let (configure, mut found) = (self.read().configure, None);
            match configure {
                None => found = self.find_or_make_with(key, None),
                // The configuration is locked before the keys, as in `registry::configure`.
                Some(configure) => {
                    configure(&mut |apply| found = self.find_or_make_with(key, Some(apply)));
                }
            }
            if let Some(found) = found {
                break found;
            }
        };
        if found.exhausted_first {
            let (breakers, max_keys) = (self.name, self.max_keys);
            observe::emit(|| Event::KeysExhausted { breakers, max_keys });
        }
        Handle::shared(found.value)
    }

    /// Returns `None` if the set is listed and there is no `apply`.
    fn find_or_make_with(
        &self,
        key: &str,
        apply: Option<&dyn Fn(&CircuitBreaker)>,
    ) -> Option<Found<CircuitBreaker>> {
        let mut state = self.write();
        let Inner { keys, changed, configure } = &mut *state;
        if configure.is_some() && apply.is_none() {
            return None;
        }
        let make = |key: &str| {
            let name = format!("{}/{key}", self.name);
            let made = CircuitBreaker::with(Name::Shared(name.into()), self.settings);
            // The set has accepted it.
            let _ = made.change(changed, false);
            if let Some(apply) = apply {
                apply(&made);
            }
            made
        };
        // This looks again: another thread may have made the breaker since.
        Some(keys.find_or_make(key, self.max_keys, CircuitBreaker::is_at_rest, make))
    }

    /// Changes breakers that are made from now on. Returns those that exist, which are still to be
    /// changed.
    #[inline]
    pub(crate) fn remember(&self, to: &BreakerOverride) -> Vec<Handle> {
        self.write().changed = *to;
        self.handles()
    }

    #[inline]
    pub(crate) fn note_listed(&self, configure: Configure) {
        self.write().configure = Some(configure);
    }

    /// [`CircuitBreaker::reconfigure`] for the breakers of all keys, present and later.
    ///
    /// # Errors
    ///
    /// The first value that is out of its limits or has no effect on these breakers. Nothing has
    /// changed then.
    #[inline]
    pub fn reconfigure(&self, to: &BreakerOverride) -> Result<(), ConfigError> {
        self.accepts(to)?;
        let _changing = changing();
        for breaker in self.remember(to) {
            // All were built with the settings that have just accepted it.
            let _ = breaker.change(to, to.mode.is_some());
        }
        Ok(())
    }

    /// Checks whether the override would be accepted.
    #[inline]
    pub(crate) fn accepts(&self, to: &BreakerOverride) -> Result<(), ConfigError> {
        to.over_built(self.built()).map(drop)
    }

    #[inline]
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        // The keys are whole after each change, so a panic under the lock has broken nothing.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

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
