//! Who is listed, and the lock that this is behind.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::breaker::{CircuitBreaker, CircuitBreakers, Handle};
use crate::name::{self, Name};
#[cfg(feature = "metrics")]
use crate::observe::metrics;

/// The most breakers that are listed.
///
/// A program has as many breakers as dependencies. One that needs thousands makes names from data
/// and must not fill the memory with them.
pub const CAPACITY: usize = name::MOST;

static LISTED: Mutex<Listed> = Mutex::new(Listed(Vec::new()));

/// In the order of the names. They are few enough that one more may move them all, and a tree is ten times as much
/// to compile.
pub(super) struct Listed(Vec<(Name, Entry)>);

impl Listed {
    /// Where the name is, or would have to be.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(listed, _)| listed.as_str().cmp(name))
    }

    #[inline]
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().map(|(_, entry)| entry)
    }

    #[inline]
    pub(super) fn get(&self, name: &str) -> Option<&Entry> {
        self.find(name).ok().map(|at| &self.0[at].1)
    }
}

/// How a listed breaker is held.
pub(super) enum Entry {
    Static(&'static CircuitBreaker),
    Owned(Arc<CircuitBreaker>),
    Weak(Weak<CircuitBreaker>),
    Keyed(&'static CircuitBreakers),
}

impl Entry {
    /// The breaker, if it still exists and is one.
    pub(super) fn handle(&self) -> Option<Handle> {
        match self {
            Self::Static(breaker) => Some(Handle::of_static(breaker)),
            Self::Owned(breaker) => Some(Handle::shared(Arc::clone(breaker))),
            Self::Weak(breaker) => breaker.upgrade().map(Handle::shared),
            Self::Keyed(_) => None,
        }
    }

    #[inline]
    pub(super) const fn keyed(&self) -> Option<&'static CircuitBreakers> {
        match self {
            Self::Keyed(breakers) => Some(breakers),
            _ => None,
        }
    }

    /// Whether the name is free again.
    fn is_gone(&self) -> bool {
        matches!(self, Self::Weak(weak) if weak.strong_count() == 0)
    }
}

pub(super) fn listed() -> MutexGuard<'static, Listed> {
    // Poison says that a panic came while the lock was held; the list is whole after each change.
    LISTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a breaker was not listed.
pub(super) enum Refusal {
    Taken(Handle),
    TakenByKeyed(&'static CircuitBreakers),
    Full,
}

/// Lists an entry under its name, unless another has it. Emits nothing: this is where the lock is held.
pub(super) fn list(name: Name, entry: Entry) -> Result<(), Refusal> {
    #[cfg(feature = "metrics")]
    metrics::STATES.get_or_init(|| write_states);
    let mut listed = listed();
    listed.0.retain(|(_, entry)| !entry.is_gone());
    let free = match listed.find(name.as_str()) {
        Err(free) => free,
        Ok(taken) => {
            let first = &mut listed.0[taken].1;
            if let Some(keyed) = first.keyed() {
                return Err(Refusal::TakenByKeyed(keyed));
            }
            if let Some(first) = first.handle() {
                return Err(Refusal::Taken(first));
            }
            // It went a moment ago.
            *first = entry;
            return Ok(());
        }
    };
    if listed.0.len() >= CAPACITY {
        return Err(Refusal::Full);
    }
    listed.0.insert(free, (name, entry));
    Ok(())
}

/// Returns the breakers that `get` finds, sorted by name.
#[inline]
pub(super) fn shown() -> Vec<Handle> {
    let mut all: Vec<_> = handles().collect();
    // Stable: of those with one name the one that is found comes first.
    all.sort_by(|one, other| one.name().cmp(other.name()));
    all.dedup_by(|later, first| later.name() == first.name());
    all
}

/// Writes the gauge of each breaker that is [`shown`].
#[cfg(feature = "metrics")]
#[inline]
fn write_states() {
    for breaker in shown() {
        metrics::show_state(breaker.name(), || breaker.state());
    }
}

/// Returns every listed breaker: the single ones, and then those of the sets, sorted by set.
#[inline]
pub(crate) fn handles() -> impl Iterator<Item = Handle> {
    single_handles().into_iter().chain(keyed_sets().into_iter().flat_map(CircuitBreakers::handles))
}

/// Returns every listed breaker that is not one of a set.
#[inline]
pub(super) fn single_handles() -> Vec<Handle> {
    // Collected: a weakly held breaker may end with its handle, and not under the lock.
    listed().entries().filter_map(Entry::handle).collect()
}

/// Returns every listed set of keyed breakers.
#[inline]
pub(super) fn keyed_sets() -> Vec<&'static CircuitBreakers> {
    listed().entries().filter_map(Entry::keyed).collect()
}
