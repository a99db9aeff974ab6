//! The breakers and the retry budgets of this process, by name.
//!
//! Listed by itself is each breaker that an attribute reaches through a static path, from its first use on, and
//! each one that an attribute names by a string. So is each set of keyed breakers, which takes one place. List
//! others with [`add`], [`add_arc`] and [`add_keyed`], or have them made by [`get_or_insert`]. [`all`] returns a snapshot of
//! each; the crate `retry-page` shows them as a web page.
//!
//! Budgets with a name are in a list of their own, with the same rules: see [`budgets`].
//!
//! | what happens | what comes of it |
//! |---|---|
//! | a name is taken | the breaker that has it stays; the second works, unlisted |
//! | [`CAPACITY`] breakers are listed | a further one works, unlisted |
//! | a breaker of a set has the name of a single one, or of one in a set with a shorter name | it works, and is shown neither by [`all`] nor found by [`get`] |
//!
//! The first two are reported as [`Event::NotListed`], and those of budgets as
//! [`Event::BudgetNotListed`]. The registry has a lock, which is held neither while a breaker is
//! made nor while an event is handed out, and which no call through a breaker takes once it has
//! been listed.

// What no attribute reaches through a static path is `#[inline]`, with the sets of breakers behind it: only those who
// use it compile it.

mod configured;
mod listed;
mod overrides;

use std::borrow::Cow;
use std::ptr;
use std::sync::Arc;

pub use crate::breaker::{BreakerOverride, Handle, Snapshot};
use crate::breaker::{CircuitBreaker, CircuitBreakers};
use crate::budget::{self, RetryBudget};
pub use crate::budget::{BudgetOverride, BudgetSnapshot};
pub use crate::config::OperationOverride;
use crate::name::Name;
use crate::observe::{self, Event, NotListed};
pub use configured::{configure, unused_overrides};
pub use listed::CAPACITY;
#[cfg(feature = "testing")]
pub(crate) use listed::handles;
use listed::{Entry, Refusal, list, listed, shown};
pub use overrides::Overrides;

/// The breaker of that name; one of a set of keyed breakers is named `set/key`.
///
/// A breaker listed by [`add_arc`] lives for as long as the handle does.
#[must_use]
#[inline]
pub fn get(name: &str) -> Option<Handle> {
    let (found, sets) = {
        let listed = listed();
        let found = listed.get(name).and_then(Entry::handle);
        // Slashes may stand in both parts.
        let sets = name.match_indices('/').filter_map(|(at, _)| {
            let set = listed.get(&name[..at]).and_then(Entry::keyed)?;
            Some((set, &name[at + 1..]))
        });
        (found, sets.collect::<Vec<_>>())
    };
    // Not under the lock: a set has a lock of its own.
    found.or_else(|| sets.into_iter().find_map(|(set, key)| set.named(key)))
}

/// The breaker of that name; where there is none, `init` makes it.
///
/// The new breaker takes `name`, whatever name `init` gave it, and stays listed for as long as the process
/// runs. Where two threads ask at once, both may run `init`, and both get the same breaker. In a full registry
/// each call returns a new breaker, which works but is not listed.
///
/// ```
/// use retry_runtime::{CircuitBreaker, registry};
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
    if let Some(found) = get(&name) {
        return found;
    }
    let made = Arc::new(init().named(Name::from(name)));
    let new = Handle::shared(Arc::clone(&made));
    match list(new.name_to_keep(), Entry::Owned(made)) {
        Ok(()) => {
            configured::listed(&new);
            new
        }
        Err(Refusal::Taken(first)) => first,
        Err(Refusal::TakenByKeyed(_)) => {
            report(new.name(), NotListed::DuplicateName);
            new
        }
        Err(Refusal::Full) => {
            report(new.name(), NotListed::Full);
            new
        }
    }
}

/// What every listed breaker is doing, in the order of their names.
#[must_use]
#[inline]
pub fn all() -> Vec<Snapshot> {
    shown().iter().map(|breaker| breaker.snapshot()).collect()
}

/// Lists a breaker from its first use on; only needed for one that no attribute names.
///
/// Adding a breaker that is listed is fine.
///
/// # Errors
///
/// [`NotListed`] where the name is taken or the registry full. The breaker works all the same.
pub fn add(breaker: &'static CircuitBreaker) -> Result<(), NotListed> {
    // The first call through an attribute need not list it, or report it, again.
    breaker.take_unlisted();
    list_or_report(&Handle::of_static(breaker), Entry::Static(breaker))
}

/// Lists a breaker for as long as it lives: it is held weakly, and frees its name when it is dropped.
///
/// Adding a breaker that is listed is fine.
///
/// # Errors
///
/// [`NotListed`] where the name is taken or the registry full. The breaker works all the same.
#[inline]
pub fn add_arc(breaker: &Arc<CircuitBreaker>) -> Result<(), NotListed> {
    list_or_report(&Handle::shared(Arc::clone(breaker)), Entry::Weak(Arc::downgrade(breaker)))
}

/// Lists a set of keyed breakers from its first use on; only needed for one that no attribute names.
///
/// [`all`] then shows each of its breakers, and [`get`] finds them. A set takes one place in the registry,
/// however many keys it has. Adding a set that is listed is fine.
///
/// # Errors
///
/// [`NotListed`] where the name is taken or the registry full. The set works all the same.
#[inline]
pub fn add_keyed(breakers: &'static CircuitBreakers) -> Result<(), NotListed> {
    breakers.take_unlisted();
    let reason = match list(Name::Static(breakers.name()), Entry::Keyed(breakers)) {
        Ok(()) => {
            configured::set_listed(breakers);
            return Ok(());
        }
        Err(Refusal::TakenByKeyed(first)) if ptr::eq(first, breakers) => return Ok(()),
        Err(Refusal::Taken(_) | Refusal::TakenByKeyed(_)) => NotListed::DuplicateName,
        Err(Refusal::Full) => NotListed::Full,
    };
    report(breakers.name(), reason);
    Err(reason)
}

/// Lists a set that an attribute has reached through a static path for the first time.
#[cold]
#[inline]
pub(crate) fn list_keyed(breakers: &'static CircuitBreakers) {
    if breakers.take_unlisted() {
        // Reported by the event, as for a single breaker.
        let _ = add_keyed(breakers);
    }
}

/// Returns a snapshot of each listed budget, sorted by name.
///
/// A budget with a [`name`](RetryBudget::name) is listed by its first withdrawal, or by
/// [`add_budget`].
#[must_use]
#[inline]
pub fn budgets() -> Vec<BudgetSnapshot> {
    budget::listed().into_iter().map(RetryBudget::snapshot).collect()
}

/// Lists a budget before its first withdrawal.
///
/// It is only needed for a budget that is to be shown earlier, or that no attribute, policy or
/// [`Retries`](crate::Retries) names. Adding a budget that is listed is fine. Budgets and breakers
/// may have the same names; there is room for [`CAPACITY`] of either.
///
/// # Errors
///
/// [`NotListed`] if the budget has no name, its name is taken, or there is no room. The budget
/// works all the same.
#[inline]
pub fn add_budget(budget: &'static RetryBudget) -> Result<(), NotListed> {
    budget::list(budget)
}

/// Lists a breaker that an attribute has reached through a static path for the first time.
pub(crate) fn list_static(breaker: &'static CircuitBreaker) {
    // Reported by the event: the call that came by has nobody to hand an error to.
    let _ = add(breaker);
}

/// The breaker that an attribute names by a string: the listed one, or a default one.
#[inline]
pub(crate) fn for_site(name: &'static str) -> Handle {
    get_or_insert(name, || CircuitBreaker::new(name))
}

fn list_or_report(breaker: &Handle, entry: Entry) -> Result<(), NotListed> {
    let reason = match list(breaker.name_to_keep(), entry) {
        Ok(()) => {
            configured::listed(breaker);
            return Ok(());
        }
        Err(Refusal::Taken(first)) if ptr::eq(&raw const *first, &raw const **breaker) => {
            return Ok(());
        }
        Err(Refusal::Taken(_) | Refusal::TakenByKeyed(_)) => NotListed::DuplicateName,
        Err(Refusal::Full) => NotListed::Full,
    };
    report(breaker.name(), reason);
    Err(reason)
}

fn report(breaker: &str, reason: NotListed) {
    observe::emit(|| Event::NotListed { breaker, reason });
}
