//! The listed breakers, behind a lock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::set::KeyedSet;
use crate::breaker::{CircuitBreaker, CircuitBreakers, Handle};
use crate::name::{self, Named};
use crate::observe::NotListed;
#[cfg(feature = "metrics")]
use crate::observe::metrics;

/// The maximum number of listed breakers.
///
/// A program needs about as many breakers as it has dependencies. A program that needs thousands
/// makes names from data, and must not fill the memory with them.
pub const CAPACITY: usize = name::MOST;

static LISTED: Mutex<Named<Entry>> = Mutex::new(Named::new());

/// An item of the list.
#[derive(Clone)]
pub(super) enum Entry {
    Breaker(Handle),
    Weak(Weak<CircuitBreaker>),
    Keyed(KeyedSet),
    WeakKeyed(Weak<CircuitBreakers>),
}

impl Entry {
    /// A set in an `Arc` is held weakly.
    pub(super) fn of_set(set: &KeyedSet) -> Self {
        match set {
            KeyedSet::Static(_) => Self::Keyed(set.clone()),
            KeyedSet::Shared(set) => Self::WeakKeyed(Arc::downgrade(set)),
        }
    }

    /// Returns the breaker, if this is one and it still exists.
    pub(super) fn handle(&self) -> Option<Handle> {
        match self {
            Self::Breaker(breaker) => Some(breaker.clone()),
            Self::Weak(breaker) => breaker.upgrade().map(Handle::shared),
            Self::Keyed(_) | Self::WeakKeyed(_) => None,
        }
    }

    /// Returns the set, if this is one and it still exists.
    pub(super) fn keyed(&self) -> Option<KeyedSet> {
        match self {
            Self::Keyed(set) => Some(set.clone()),
            Self::WeakKeyed(set) => set.upgrade().map(KeyedSet::Shared),
            Self::Breaker(_) | Self::Weak(_) => None,
        }
    }

    /// Returns whether the breaker or set is gone. Counts the references instead of upgrading,
    /// because the last handle must not be dropped under the lock.
    fn is_gone(&self) -> bool {
        match self {
            Self::Weak(breaker) => breaker.strong_count() == 0,
            Self::WeakKeyed(set) => set.strong_count() == 0,
            Self::Breaker(_) | Self::Keyed(_) => false,
        }
    }

    /// Returns the entry with a strong reference. `None` if the breaker or set is gone.
    fn kept(&self) -> Option<Self> {
        self.keyed().map(Self::Keyed).or_else(|| self.handle().map(Self::Breaker))
    }
}

pub(super) fn listed() -> MutexGuard<'static, Named<Entry>> {
    // The list is intact after each change, so a panic under the lock breaks nothing.
    LISTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lists an entry under its name. If another entry has the name and `is_fine`, returns that one.
/// Returns `None` if the name was free.
pub(super) fn list(
    name: &str,
    entry: &Entry,
    is_fine: impl FnOnce(&Entry) -> bool,
) -> Result<Option<Entry>, NotListed> {
    #[cfg(feature = "metrics")]
    metrics::STATES.get_or_init(|| write_states);
    if name.is_empty() {
        return Err(NotListed::Unnamed);
    }
    let mut listed = listed();
    listed.0.retain(|(_, entry)| !entry.is_gone());
    let Some(first) = listed.get(name).and_then(Entry::kept) else {
        if listed.is_full() {
            return Err(NotListed::Full);
        }
        listed.insert(name.to_owned(), entry.clone());
        return Ok(None);
    };
    // Released here, because `first` may be the last handle of its breaker by now.
    drop(listed);
    if is_fine(&first) { Ok(Some(first)) } else { Err(NotListed::DuplicateName) }
}

/// Returns the breakers that `get` finds, sorted by name.
pub(super) fn shown() -> Vec<Handle> {
    let mut all: Vec<_> = handles().collect();
    // Stable: of breakers with the same name, the one that `get` finds comes first.
    all.sort_by(|one, other| one.name().cmp(other.name()));
    all.dedup_by(|later, first| later.name() == first.name());
    all
}

/// Writes the gauge of each breaker in [`shown`].
#[cfg(feature = "metrics")]
fn write_states() {
    for breaker in shown() {
        metrics::show_state(breaker.name(), || breaker.state());
    }
}

/// Returns every listed breaker: the single ones, followed by those of the sets, sorted by set.
pub(crate) fn handles() -> impl Iterator<Item = Handle> {
    single_handles().into_iter().chain(keyed_sets().into_iter().flat_map(|set| set.handles()))
}

/// Returns the breakers of this name, `set/key` or `set (other keys 1)`, in listed sets.
pub(super) fn in_sets(name: &str) -> impl Iterator<Item = Handle> {
    // Sets are read after the lock is released, because they have their own lock.
    let set = |name: &str| listed().get(name).and_then(Entry::keyed);
    // Both parts may contain slashes.
    let slashes = name.match_indices('/');
    let of_keys = slashes.filter_map(move |(at, _)| set(&name[..at])?.peek(&name[at + 1..]));
    let of_overflow = CircuitBreakers::of_overflow(name).and_then(set);
    of_keys.chain(of_overflow.and_then(|set| set.overflow_named(name)))
}

/// Returns every listed breaker that is not in a set.
pub(crate) fn single_handles() -> Vec<Handle> {
    // Collected, because dropping a handle may drop its breaker, which must not happen under the
    // lock.
    listed().0.iter().filter_map(|(_, entry)| entry.handle()).collect()
}

/// Returns every listed set of keyed breakers.
pub(crate) fn keyed_sets() -> Vec<KeyedSet> {
    listed().0.iter().filter_map(|(_, entry)| entry.keyed()).collect()
}
