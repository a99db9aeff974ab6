//! What has been configured by name, and how it reaches operations, breakers and budgets.
//!
//! # Locks
//!
//! Taken in this order: what is configured, the one of changes, the registry's list, a set's keys,
//! the settings of operations or the list of budgets. No event is handed out under any of them.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use super::listed::{handles, keyed_sets, single_handles};
use super::overrides::Overrides;
use crate::breaker::{self, BreakerOverride, CircuitBreaker, CircuitBreakers};
use crate::budget;
use crate::config::ConfigError;
use crate::config::overrides::{self, Entry};

/// Puts these settings in the place of those that operations, breakers and budgets were made with,
/// while the program runs.
///
/// They hold at once, for series that are under way from their next failure on, and for breakers
/// and budgets that are listed later. Each call replaces the settings of the one before. A reload
/// reads a file again and calls this; [`Overrides::new()`] takes everything back. A mode that an
/// operator has set since stays if the mode given here is the same as before.
/// [`CircuitBreaker::reconfigure`] says what a change does to a breaker.
///
/// A call that succeeds reads none of this, except the `ratio` and `burst` of its budget. One that
/// fails reads a flag, and looks its name up behind a lock if any operation is configured.
///
/// [`CircuitBreaker::reconfigure`]: crate::CircuitBreaker::reconfigure
///
/// # Errors
///
/// The first value that is out of its limits, or has no effect on the breaker of that name: its place, such as
/// `breaker.llm-api.failure_rate`, its value and the rule. Nothing has changed then. A name that nothing has is no error,
/// since it may come: [`unused_overrides`] lists those.
///
/// ```
/// use retry_runtime::registry::{self, OperationOverride, Overrides};
///
/// registry::configure(
///     Overrides::new().operation("chat::complete", OperationOverride::new().max_attempts(2)),
/// )?;
/// let wrong = Overrides::new().operation("chat::complete", OperationOverride::new().max_attempts(0));
/// let error = registry::configure(wrong).unwrap_err();
/// assert_eq!(error.place(), "operation.chat::complete.max_attempts");
/// # Ok::<(), retry_runtime::ConfigError>(())
/// ```
pub fn configure(overrides: Overrides) -> Result<(), ConfigError> {
    overrides.check()?;
    // Held to the end: a breaker that is listed meanwhile waits for it, and finds what holds then.
    let mut configured = CONFIGURED.write().unwrap_or_else(PoisonError::into_inner);
    let (breakers, sets) = (single_handles(), keyed_sets());
    let of_sets = sets.iter().flat_map(|set| set.handles());
    let all: Vec<_> = breakers.iter().cloned().chain(of_sets).collect();
    for (name, to) in &overrides.breakers {
        let within = |error: ConfigError| error.within(&format!("breaker.{name}"));
        for breaker in all.iter().filter(|breaker| breaker.name() == name) {
            breaker.accepts(to).map_err(within)?;
        }
        for set in sets.iter().filter(|set| set.name() == name) {
            set.accepts(to).map_err(within)?;
        }
    }
    let now = Configured { breakers: Entry::all(overrides.breakers) };
    let before = std::mem::replace(&mut *configured, now);
    let changing = breaker::changing();
    // Each goes straight to what holds from now on, so that what stays the same is never anything else.
    for breaker in &breakers {
        configured.apply(breaker, None, &before);
    }
    for set in sets {
        configured.apply_to_set(set, &before);
    }
    drop(changing);
    overrides::configure(overrides.operations);
    budget::configure(overrides.budgets);
    Ok(())
}

/// What was configured, and does nothing: names that nothing has had so far, and settings that do not fit a breaker which
/// was listed after them.
///
/// An operation is known from its first failure on, a breaker or a budget from when it is listed.
/// So look some time after [`configure`]: what is still here is probably misspelt.
#[must_use]
pub fn unused_overrides() -> Vec<ConfigError> {
    let configured = configured();
    let operations = overrides::unused().into_iter().map(|name| {
        let rule = "no operation of this name has failed so far: compare it with the names in log lines and events";
        ConfigError::new(format!("operation.{name}"), "unused", rule)
    });
    let breakers = configured.breakers.iter().filter(|entry| !entry.is_met()).map(|entry| {
        let place = format!("breaker.{}", entry.name);
        let breaker = handles().find(|breaker| breaker.name() == entry.name);
        let set = keyed_sets().into_iter().find(|set| set.name() == entry.name);
        let of_breaker = breaker.map(|breaker| breaker.accepts(&entry.to));
        match of_breaker.or_else(|| set.map(|set| set.accepts(&entry.to))) {
            Some(Err(misfit)) => misfit.within(&place),
            _ => ConfigError::new(
                place,
                "unused",
                "no breaker of this name has been listed so far: compare it with the names of `registry::all`",
            ),
        }
    });
    let budgets = budget::unused_overrides().into_iter().map(|name| {
        let rule = "no budget of this name has been listed so far: compare it with the names of \
                    `registry::budgets`";
        ConfigError::new(format!("budget.{name}"), "unused", rule)
    });
    operations.chain(breakers).chain(budgets).collect()
}

/// What holds for breakers, and which of it has found something to hold for.
struct Configured {
    breakers: Vec<Entry<BreakerOverride>>,
}

static CONFIGURED: RwLock<Configured> = RwLock::new(Configured { breakers: Vec::new() });

/// What holds, for as long as the guard is held.
fn configured() -> RwLockReadGuard<'static, Configured> {
    CONFIGURED.read().unwrap_or_else(PoisonError::into_inner)
}

impl Configured {
    fn of_breaker(&self, name: &str) -> Option<&Entry<BreakerOverride>> {
        Entry::find(&self.breakers, name)
    }

    /// Changes a breaker, which may be of a set, to what holds for it; where nothing does any more, back to how it was
    /// made. One that was listed before has accepted it; a later one that does not leaves it unused.
    fn apply(&self, breaker: &CircuitBreaker, set: Option<&CircuitBreakers>, before: &Self) {
        let was = before.of_either(breaker, set).map(|entry| entry.to);
        if let Some(entry) = self.of_either(breaker, set) {
            // Nothing new is said of the mode by reading the same again, and an operator may have set another since.
            let said = entry.to.mode.is_some() && entry.to.mode != was.and_then(|was| was.mode);
            if breaker.change(&entry.to, said).is_ok() {
                entry.meet();
            }
        } else if was.is_some() {
            // Nothing is no value that could be refused.
            let _ = breaker.change(&BreakerOverride::new(), false);
        }
    }

    /// Changes a breaker that has just been made for a key of a listed set, if anything is said of it alone.
    fn apply_to_new_key(&self, made: &CircuitBreaker) {
        self.apply(made, None, &NOTHING);
    }

    /// Its own, before that of its set.
    fn of_either(
        &self,
        breaker: &CircuitBreaker,
        set: Option<&CircuitBreakers>,
    ) -> Option<&Entry<BreakerOverride>> {
        self.of_breaker(breaker.name()).or_else(|| self.of_breaker(set?.name()))
    }

    fn apply_to_set(&self, set: &CircuitBreakers, before: &Self) {
        let holding = self.of_breaker(set.name()).filter(|entry| set.accepts(&entry.to).is_ok());
        let breakers = match holding {
            Some(entry) => {
                entry.meet();
                set.remember(&entry.to)
            }
            None if before.of_breaker(set.name()).is_some() => {
                set.remember(&BreakerOverride::new())
            }
            None => set.handles(),
        };
        for breaker in breakers {
            self.apply(&breaker, Some(set), before);
        }
    }
}

static NOTHING: Configured = Configured { breakers: Vec::new() };

/// A breaker that has just been listed.
pub(super) fn listed(breaker: &CircuitBreaker) {
    let configured = configured();
    let _changing = breaker::changing();
    configured.apply(breaker, None, &NOTHING);
}

/// A set that has just been listed.
#[inline]
pub(super) fn set_listed(set: &CircuitBreakers) {
    let configured = configured();
    let _changing = breaker::changing();
    set.note_listed(for_new_keys);
    configured.apply_to_set(set, &NOTHING);
}

/// Holds what is configured while a listed set makes a breaker for a new key: a
/// [`Configure`](breaker::Configure).
#[allow(clippy::type_complexity)] // The type has that name.
fn for_new_keys(make: &mut dyn FnMut(&dyn Fn(&CircuitBreaker))) {
    let configured = configured();
    make(&|made| configured.apply_to_new_key(made));
}
