//! Tools for tests of code with retries and breakers: no waits, scripted failures, and a record of
//! events.
//!
//! | to | use |
//! |---|---|
//! | skip the waits, cap the attempts | [`Testing`], for a scope, a future or the whole process |
//! | make a call fail by a script | [`Injector`], and [`FaultPoint`] inside the code under test |
//! | assert on retries, endings and transitions | [`Recorder`] |
//! | begin with closed breakers | [`reset_breakers`] |
//!
//! Enable the feature `testing` only under `[dev-dependencies]`. With it, each failure costs more,
//! and events are built while a recorder listens. Nothing here is for production.
//!
//! The idea of including such tools in the library comes from Python's stamina
//! (`stamina.set_testing`).

mod fault_point;
mod injector;
mod recorded;
mod recorder;
mod scopes;
mod settings;
mod watched;

pub use fault_point::{FaultPoint, Injected};
pub use injector::{Injector, Step};
pub use recorded::RecordedEvent;
pub use recorder::Recorder;
pub use settings::{Scope, Testing};
pub use watched::Watched;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{observe, registry};

/// Closes each breaker in the [`registry`], and clears its failures and its forced state.
///
/// A breaker in a `static` outlives the test that opened it. If several tests in one process share
/// a breaker, begin each of them with this function. Such tests must not run simultaneously.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{CircuitBreaker, CircuitState, registry, testing};
///
/// let breaker = registry::get_or_insert("billing", || CircuitBreaker::new("billing"));
/// breaker.trip();
/// testing::reset_breakers();
/// assert_eq!(breaker.state(), CircuitState::Closed);
/// ```
pub fn reset_breakers() {
    observe::acting_as("testing", || registry::handles().for_each(|breaker| breaker.reset()));
}

/// Locks a mutex, even after a test has panicked while holding the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
