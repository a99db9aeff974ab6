//! The breakers and the retry budgets of this process, by name.
//!
//! `#[circuit_breaker]` lists a breaker at its first use, if the attribute names it by a string or
//! by the path of a `static`. It also lists a set of keyed breakers that it names by such a path.
//! List others with [`add`], [`add_arc`] and [`add_keyed`], or create breakers with
//! [`get_or_insert`]. [`all`] returns a snapshot of each breaker. The crate `retry-page` shows them
//! as a web page.
//!
//! Budgets with a name are in a separate list with the same rules: see [`budgets`].
//!
//! | case | effect |
//! |---|---|
//! | a name is taken | the breaker that has it stays; the second works, but is not listed |
//! | [`CAPACITY`] breakers are listed, where a set counts as one | a further breaker works, but is not listed |
//! | a breaker of a set has the same name as a single breaker, or as one in a set with a shorter name | it works, but [`all`] and [`get`] do not return it |
//!
//! The first two cases are reported as [`Event::NotListed`], and for budgets as
//! [`Event::BudgetNotListed`]. A full registry reports each name once. After [`CAPACITY`] names, it
//! reports all further ones together, once, as `other`.
//!
//! The registry has a lock. It is not held while a breaker is created or an event is emitted. Calls
//! through a listed breaker do not take it.

mod configured;
mod listed;
pub(crate) mod set;

use std::borrow::Cow;
use std::ptr;
use std::sync::Arc;

use crate::breaker::CircuitBreaker;
pub use crate::breaker::{BreakerOverride, Handle, Snapshot};
use crate::budget::{self, RetryBudget};
pub use crate::budget::{BudgetOverride, BudgetSnapshot};
pub use crate::config::OperationOverride;
use crate::name::Name;
use crate::observe::{self, Event, LogLevel, NotListed, Refused};
pub use configured::{Overrides, configure, unused_overrides};
pub use listed::CAPACITY;
#[cfg(feature = "testing")]
pub(crate) use listed::handles;
use listed::{Entry, in_sets, listed, shown};
#[cfg(feature = "fleet")]
pub(crate) use listed::{keyed_sets, single_handles};
pub(crate) use set::KeyedSet;
pub use set::ListedSet;

/// Returns the breaker of this name, if it is listed.
///
/// A breaker in a set of keyed breakers is named `set/key`. A breaker that several keys of the set
/// share is named `set (other keys 1)`, with a number up to 16.
///
/// The returned handle keeps the breaker alive, even one that was listed by [`add_arc`].
#[must_use]
pub fn get(name: &str) -> Option<Handle> {
    let found = listed().get(name).and_then(Entry::handle);
    found.or_else(|| in_sets(name).next())
}

/// Returns the breaker of this name. If there is none, creates it with `init`.
///
/// The new breaker takes `name`, whatever name `init` gave it, and stays listed for the life of the
/// process. If two threads call this simultaneously, both may run `init`, and both get the same
/// breaker.
///
/// The new breaker is not listed if the registry is full, the name is empty, or a set has the name.
/// It works, but the next call returns another new breaker. So keep the breaker: one that is new
/// for each call never opens.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{CircuitBreaker, registry};
///
/// let tenant = "acme";
/// let breaker = registry::get_or_insert(format!("llm-api/{tenant}"), || {
///     CircuitBreaker::new("").failure_threshold(3)
/// });
/// assert_eq!(breaker.name(), "llm-api/acme");
/// ```
pub fn get_or_insert(
    name: impl Into<Cow<'static, str>>,
    init: impl FnOnce() -> CircuitBreaker,
) -> Handle {
    let name = name.into();
    get(&name).unwrap_or_else(|| {
        let new = Handle::shared(Arc::new(init().renamed(Name::from(name))));
        // Another thread may have listed one in the meantime.
        match list(new.name(), Entry::Breaker(new.clone()), |first| first.handle().is_some()) {
            Ok(Entry::Breaker(first)) => first,
            _ => new,
        }
    })
}

/// Returns a snapshot of each listed breaker, sorted by name.
#[must_use]
pub fn all() -> Vec<Snapshot> {
    shown().iter().map(|breaker| breaker.snapshot()).collect()
}

/// Lists a breaker in a `static`. This is needed only if no attribute names the breaker by a path,
/// or if it must be listed before its first use.
///
/// Adding a breaker that is already listed is allowed.
///
/// # Errors
///
/// [`NotListed`] if the name is empty or taken, or the registry is full. The breaker works anyway.
pub fn add(breaker: &'static CircuitBreaker) -> Result<(), NotListed> {
    // The first call through an attribute must not list it, or report it, again.
    breaker.take_unlisted();
    add_breaker(breaker, Entry::Breaker(Handle::of_static(breaker)))
}

/// Lists a breaker for as long as it lives. The registry holds a weak reference, and dropping the
/// breaker frees its name.
///
/// Adding a breaker that is already listed is allowed.
///
/// # Errors
///
/// [`NotListed`] if the name is empty or taken, or the registry is full. The breaker works anyway.
pub fn add_arc(breaker: &Arc<CircuitBreaker>) -> Result<(), NotListed> {
    add_breaker(breaker, Entry::Weak(Arc::downgrade(breaker)))
}

fn add_breaker(breaker: &CircuitBreaker, entry: Entry) -> Result<(), NotListed> {
    let is_same =
        |first: &Entry| first.handle().is_some_and(|first| ptr::eq(&raw const *first, breaker));
    list(breaker.name(), entry, is_same).map(drop)
}

/// Lists a set of keyed breakers that is in a `static` or in an [`Arc`]. This is needed only for a
/// set that no attribute names by a path.
///
/// [`all`] then returns each of its breakers, and [`get`] finds them. The set counts as one breaker
/// for [`CAPACITY`], however many keys it has. The registry holds a set in an `Arc` by a weak
/// reference, and dropping the set frees its name. Adding a set that is already listed is allowed.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{CircuitBreakers, registry};
/// use std::sync::Arc;
///
/// static UPSTREAMS: CircuitBreakers = CircuitBreakers::new("upstreams");
///
/// registry::add_keyed(&UPSTREAMS)?;
/// let hosts = Arc::new(CircuitBreakers::named(format!("hosts-of-{}", "acme")));
/// registry::add_keyed(&hosts)?;
/// hosts.for_key("eu.example.com");
/// assert!(registry::get("hosts-of-acme/eu.example.com").is_some());
/// # Ok::<(), retry_utils::observe::NotListed>(())
/// ```
///
/// # Errors
///
/// [`NotListed`] if the name is empty or taken, or the registry is full. The set works anyway.
pub fn add_keyed(breakers: impl ListedSet) -> Result<(), NotListed> {
    let set: KeyedSet = breakers.into();
    set.take_unlisted();
    let entry = Entry::of_set(&set);
    let is_same = |first: &Entry| {
        first.keyed().is_some_and(|first| ptr::eq(&raw const *first, &raw const *set))
    };
    list(set.name(), entry, is_same).map(drop)
}

/// Lists an entry, or reports why it cannot. Returns the entry that now has the name: this one, or
/// an earlier one that `is_fine`.
fn list(
    name: &str,
    entry: Entry,
    is_fine: impl FnOnce(&Entry) -> bool,
) -> Result<Entry, NotListed> {
    static REFUSED: Refused = Refused::new();
    let listed = listed::list(name, &entry, is_fine).inspect_err(|&reason| {
        if let Some(breaker) = REFUSED.reported(name, reason) {
            observe::emit(LogLevel::Warn, &Event::NotListed { breaker, reason });
        }
    })?;
    Ok(listed.unwrap_or_else(|| {
        configured::configure_listed(&entry);
        entry
    }))
}

/// Returns a snapshot of each listed budget, sorted by name.
///
/// Only budgets with a [`name`](RetryBudget::name) are listed. [`add_budget`] lists a budget. So
/// does its first withdrawal through an attribute that names it by a path, through a policy or
/// through [`Retries`](crate::Retries).
#[must_use]
pub fn budgets() -> Vec<BudgetSnapshot> {
    budget::LISTED.all().into_iter().map(RetryBudget::snapshot).collect()
}

/// Lists a budget before its first withdrawal.
///
/// This is needed only for a budget that must be listed earlier, or that no attribute names by a
/// path and no policy or [`Retries`](crate::Retries) uses. Adding a budget that is already listed
/// is allowed. A budget may have the name of a breaker. At most [`CAPACITY`] budgets are listed.
///
/// # Errors
///
/// [`NotListed`] if the budget has no name, its name is taken, or the list is full. The budget
/// works anyway.
pub fn add_budget(budget: &'static RetryBudget) -> Result<(), NotListed> {
    budget.list()
}
