//! Many breakers under one name, one for each key, with a limit.

use std::borrow::Cow;
use std::sync::Arc;

#[cfg(feature = "fleet")]
use super::linked::{Change, SetSource};
use super::reconfigure::{Configured, changing_many};
use super::{BreakerOverride, CircuitBreaker, Handle, Settings, Snapshot};
use crate::clock;
use crate::config::{ConfigError, Mode};
use crate::keys::{All, Evicted, Keys, Loss, Owner, Value, keyed};
use crate::name::{self, Name};
use crate::observe::{self, Action, Event, LogLevel, NotListed, Reports};
use crate::sync::{AtomicBool, Ordering};

/// Separates the name of a set from the number of an overflow breaker.
const OVERFLOW: &str = " (other keys ";

/// Many circuit breakers under one name, for example one for each host, tenant or model.
///
/// Calls that fail for one key do not affect other keys. Put the set in a `static` and name it with
/// a key in `#[circuit_breaker(UPSTREAMS, key = host)]`, or use [`for_key`](Self::for_key). All
/// breakers have the same settings. The breaker of the key `host` in the set `upstreams` is named
/// `upstreams/host`.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{CircuitBreakers, CircuitState};
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
/// # Ok::<(), retry_utils::CircuitOpen>(())
/// ```
///
/// # Default
///
/// `max_keys` is 1024. The other settings, defaults and limits are those of [`CircuitBreaker`].
///
/// # When it is full
///
/// Keys may come from untrusted data, so their number is limited. At `max_keys`, a new key evicts
/// another key and its breaker. The first row that matches any breaker decides which one:
///
/// | evicted breaker | if there are several |
/// |---|---|
/// | closed, with no failures counted; in a window, no failed or slow calls | the least recently used |
/// | open although its open phase is over, or half-open without a probe under way | the one whose open phase has been over the longest |
/// | closed, with failures counted, and not used for `recovery_timeout` | the least recently used |
///
/// A breaker stays if one of these is true:
///
/// - It is forced.
/// - Its mode differs from that of the set.
/// - It is in its open phase.
/// - It has a probe that has not reached `probe_timeout`.
/// - It is closed, has counted failures, and was used within `recovery_timeout`.
///
/// If an evicted key is used again, it gets a new, closed breaker. A [`Permit`](crate::Permit) or a
/// [`Handle`] keeps the old breaker alive, but the outcomes of its calls are lost.
///
/// What counts as a use differs by row:
///
/// - In the first row, a use is a lookup. Its age is the number of keys that were added since then,
///   not a time. If two breakers have the same age, the one with the smaller key is evicted.
/// - In the third row, a use is a lookup or a failure, and its age is a time. With a window, only
///   failed and slow calls are uses.
///
/// At most 64 breakers are examined for a new key, in rotation. The rules are therefore exact up to
/// `max_keys(64)`, and approximate above.
///
/// If none of the examined breakers can be evicted, the new key gets one of 16 shared breakers,
/// named `upstreams (other keys 1)` to `upstreams (other keys 16)`. So does every key that is
/// longer than 1,024 bytes. A hash with a random seed chooses the breaker, so one failing key
/// affects few others. Shared breakers are created when first needed and never removed. Their names
/// never clash with the breaker of a key, because the name of a key's breaker begins with
/// `upstreams/`.
///
/// An eviction by the second or third row is reported as [`Event::KeyEvicted`], at most once per
/// second.
///
/// # Cost
///
/// A lookup of a known key takes a read lock and does not allocate. It reads the clock only if the
/// breaker is closed and has counted failures in a row. The hash of keys has a random seed, so an
/// attacker cannot choose keys that collide. A failed call reads the clock. Otherwise, calls cost
/// the same as with a single [`CircuitBreaker`].
///
/// The first key allocates the lookup table for `max_keys` keys. Breakers are allocated one by one.
pub struct CircuitBreakers {
    name: Name,
    settings: Settings,
    /// `true` until the set is listed in the registry.
    unlisted: AtomicBool,
    keys: Keys<CircuitBreaker, Changes>,
    eviction_reports: Reports,
}

/// The overrides of the set's settings.
struct Changes {
    to_all: BreakerOverride,
    /// The overrides by name. Empty until the set is listed.
    configured: Configured,
    #[cfg(feature = "fleet")]
    source: SetSource,
}

impl Changes {
    /// Changes a breaker of the set. The caller holds the lock of the breaker's settings or the
    /// only reference to it. `mode_before` is the mode that was configured before.
    fn apply(&self, breaker: &CircuitBreaker, mode_before: Option<Mode>) {
        match self.configured.of(breaker.name()) {
            Some(entry) if breaker.change_from(&entry.to, mode_before).is_ok() => entry.meet(),
            // Cannot fail: the set has accepted this override.
            _ => drop(breaker.change_from(&self.to_all, mode_before)),
        }
    }
}

impl CircuitBreakers {
    /// Creates a set without keys. Its breakers have the defaults of [`CircuitBreaker`].
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self::with(Name::Static(name))
    }

    /// Creates a set with a name that is built at run time.
    ///
    /// Use this for a set that a client owns, and [`new`](Self::new) for one in a `static`.
    /// [`registry::add_keyed`](crate::registry::add_keyed) lists it for as long as it lives.
    #[must_use]
    pub fn named(name: impl Into<Cow<'static, str>>) -> Self {
        Self::with(Name::from(name.into()))
    }

    const fn with(name: Name) -> Self {
        let changes = Changes {
            to_all: BreakerOverride::new(),
            configured: Configured::NONE,
            #[cfg(feature = "fleet")]
            source: None,
        };
        Self {
            name,
            settings: Settings::DEFAULT,
            unlisted: AtomicBool::new(true),
            keys: Keys::new(changes),
            eviction_reports: Reports::new(),
        }
    }

    /// Returns the name that the set was built with.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the breaker of this key. Creates it if there is none.
    ///
    /// In a full set, this may be a breaker that several keys share: see
    /// [above](CircuitBreakers#when-it-is-full).
    pub fn for_key(&self, key: impl AsRef<str>) -> Handle {
        let key = key.as_ref();
        self.get(key).unwrap_or_else(|| self.find_or_make(key))
    }

    /// Returns the breaker of this key, if it has one. This counts as a use.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Handle> {
        let found = self.keys.look_up(key)?;
        found.core.note_look_up(clock::nanos);
        Some(Handle::shared(found))
    }

    /// Returns a snapshot of each breaker, sorted by key. Breakers that several keys share come
    /// last.
    #[must_use]
    pub fn all(&self) -> Vec<Snapshot> {
        self.handles().iter().map(|breaker| breaker.snapshot()).collect()
    }

    /// Returns the breakers of the set. This does not count as a use.
    pub(crate) fn handles(&self) -> Vec<Handle> {
        sorted(self.keys.all()).map(Handle::shared).collect()
    }

    /// Returns the breaker of this key, if it has one. This does not count as a use.
    pub(crate) fn peek(&self, key: &str) -> Option<Handle> {
        self.keys.peek(key).map(Handle::shared)
    }

    /// Returns the name of the set to which an overflow breaker of this name would belong.
    pub(crate) fn of_overflow(breaker: &str) -> Option<&str> {
        breaker.rsplit_once(OVERFLOW).map(|(set, _)| set)
    }

    /// Returns the overflow breaker of this name, if it exists.
    pub(crate) fn overflow_named(&self, name: &str) -> Option<Handle> {
        let found = self.keys.overflow().into_iter().find(|breaker| breaker.name() == name);
        found.map(Handle::shared)
    }

    /// [`for_key`](Self::for_key) for a `static`, which is passed to `list` on the first call.
    #[inline]
    pub(crate) fn for_key_listed(
        &'static self,
        key: &str,
        list: fn(&'static Self) -> Result<(), NotListed>,
    ) -> Handle {
        // Loaded first: an update by each call would move the cache line between threads.
        if self.unlisted.load(Ordering::Relaxed) {
            self.list_once(list);
        }
        self.for_key(key)
    }

    #[cold]
    fn list_once(&'static self, list: fn(&'static Self) -> Result<(), NotListed>) {
        if self.take_unlisted() {
            // Reported by an event, because the call cannot return this error.
            let _ = list(self);
        }
    }

    /// Returns whether the caller is the first, and so has to list the set.
    ///
    /// Relaxed: the flag guards nothing, and only one of the threads that clear it finds it set.
    pub(crate) fn take_unlisted(&self) -> bool {
        self.unlisted.swap(false, Ordering::Relaxed)
    }

    #[cold]
    fn find_or_make(&self, key: &str) -> Handle {
        #[cfg(feature = "fleet")]
        let (begins, mut begun) = (self.begins(key), None);
        let make = |changes: &Changes, owner: Owner<'_>| {
            let name = match owner {
                Owner::Key(key) => format!("{}/{key}", self.name()),
                Owner::Overflow(number) => format!("{}{OVERFLOW}{})", self.name(), number + 1),
            };
            let made = CircuitBreaker::with(Name::Shared(name.into()), self.settings).in_a_set();
            changes.apply(&made, None);
            #[cfg(feature = "fleet")]
            if let (Owner::Key(_), Some(source)) = (owner, &changes.source) {
                begun = made.begin(source, &begins);
            }
            made
        };
        let now = clock::nanos();
        let (breaker, evicted) = self.keys.find_or_make(key, now, make);
        #[cfg(feature = "fleet")]
        {
            if let Some(begun) = begun {
                begun.announce(&breaker);
            }
            if let Some(evicted) = &evicted {
                evicted.value.evicted();
            }
        }
        if let Some(evicted) = evicted.filter(|evicted| evicted.loss > Loss::Nothing) {
            self.report(&evicted, now);
        }
        Handle::shared(breaker)
    }

    /// Returns the changes with which the breaker of a new key begins, if the set is tied.
    #[cfg(feature = "fleet")]
    fn begins(&self, key: &str) -> Vec<Change> {
        let mut source = None;
        self.keys.made_from(|changes| source.clone_from(&changes.source));
        let source = source.and_then(|source| source.upgrade());
        source.map_or_else(Vec::new, |source| source.begins(&format!("{}/{key}", self.name())))
    }

    /// Changes the source to which the set is tied.
    #[cfg(feature = "fleet")]
    pub(crate) fn change_source(&self, change: impl FnOnce(&mut SetSource)) {
        self.keys.change(|changes| change(&mut changes.source));
    }

    /// Returns the breakers of keys that have a place.
    #[cfg(feature = "fleet")]
    pub(crate) fn own(&self) -> Vec<Arc<CircuitBreaker>> {
        self.keys.all().own
    }

    /// Reports an eviction that lost something.
    fn report(&self, evicted: &Evicted<CircuitBreaker>, now: u64) {
        let Some(left_out) = self.eviction_reports.pass(now) else { return };
        let Evicted { key, value, .. } = evicted;
        let key = name::start(key, name::SHOWN);
        let failures = value.snapshot().failures;
        let event = Event::KeyEvicted { breakers: self.name(), key, failures, left_out };
        observe::emit(LogLevel::Warn, &event);
    }

    /// Replaces the configuration `before` with the one that `current` returns, for existing and
    /// for new breakers of the set.
    ///
    /// A breaker either exists already and is changed here, or is created with the changes. Each is
    /// changed separately, under the lock of its settings, with the configuration that the set has
    /// at that time: see [`CircuitBreaker::configure`].
    pub(crate) fn configure(&self, current: impl FnOnce() -> Configured, before: &Configured) {
        let mut now = Configured::NONE;
        self.keys.change(|changes| {
            now = current();
            changes.configured = now.clone();
            match now.of(self.name()) {
                Some(entry) if entry.to.over_built(self.settings).is_ok() => {
                    entry.meet();
                    changes.to_all = entry.to;
                }
                _ if before.of(self.name()).is_some() => changes.to_all = BreakerOverride::new(),
                _ => {}
            }
        });
        let set_before = before.of(self.name());
        let apply = |breaker: Arc<CircuitBreaker>| {
            let _changing = breaker.changing();
            let before = before.of(breaker.name()).or(set_before);
            let mode_before = before.and_then(|entry| entry.to.mode);
            self.keys.made_from(|changes| changes.apply(&breaker, mode_before));
        };
        if now.of(self.name()).or(set_before).is_some() {
            self.keys.each(apply);
        } else {
            // Only the breakers that have an override under their own name.
            let start = format!("{}/", self.name());
            let names_before = before.beginning_with(&start).iter().map(|(name, _)| name);
            let names = now.beginning_with(&start).iter().map(|(name, _)| name);
            let new = names.filter(|name| before.of(name).is_none());
            let keys = names_before.chain(new).map(|name| &name[start.len()..]);
            keys.filter_map(|key| self.keys.peek(key)).for_each(&apply);
            let overflow = self.keys.overflow().into_iter();
            let is_named = |name: &str| now.of(name).or(before.of(name)).is_some();
            overflow.filter(|breaker| is_named(breaker.name())).for_each(apply);
        }
    }

    /// Replaces settings of all breakers, of existing keys and of new ones.
    ///
    /// See [`CircuitBreaker::reconfigure`] for the effect on a breaker.
    ///
    /// # Errors
    ///
    /// The first value that is outside its limits or has no effect on these breakers. In that case,
    /// nothing changes.
    pub fn reconfigure(&self, to: &BreakerOverride) -> Result<(), ConfigError> {
        to.over_built(self.settings)?;
        let changing_many = changing_many();
        self.keys.change(|changes| changes.to_all = *to);
        self.keys.each(|breaker| {
            let _changing = breaker.changing();
            // Cannot fail: the breaker was built with the settings that have just accepted the
            // override.
            let _ = breaker.change(to, to.mode.is_some());
        });
        drop(changing_many);
        observe::report_action(self.name(), Action::Reconfigure, Some(&to.said()));
        Ok(())
    }
}

impl Value for CircuitBreaker {
    fn loss(&self, now: u64) -> Option<Loss> {
        self.core.loss(&self.settings, now)
    }
}

impl CircuitBreaker {
    /// Makes the breaker note its uses, because sets need the last one.
    fn in_a_set(self) -> Self {
        Self { core: self.core.in_a_set(), ..self }
    }
}

/// Returns breakers of one set sorted by key, followed by the overflow breakers.
///
/// Sorted here, outside the lock of the set, because new keys would wait for it.
fn sorted(
    All { mut own, overflow }: All<CircuitBreaker>,
) -> impl Iterator<Item = Arc<CircuitBreaker>> {
    own.sort_unstable_by(|one, other| one.name().cmp(other.name()));
    own.into_iter().chain(overflow)
}

keyed! { CircuitBreakers { name }, "breaker" }
