//! What tests of code with retries and breakers need: no waits, failures by script, and a look at what happened.
//!
//! | to | take |
//! |---|---|
//! | skip the waits, cap the attempts | [`Testing`], for a scope, a future or the whole process |
//! | make a call fail as a script says | [`Injector`], and [`FaultPoint`] inside the code under test |
//! | assert on retries, endings and transitions | [`Recorder`] |
//! | begin with closed breakers | [`reset_breakers`] |
//!
//! Enable the feature `testing` under `[dev-dependencies]` alone: with it a failure costs more, and an event is built
//! while anything of this module listens. Nothing here is for production.
//!
//! The idea to make this a part of the library is that of Python's stamina (`stamina.set_testing`).

mod fault_point;
mod injector;
mod recorded;
mod recorder;
mod settings;
mod watched;

pub use fault_point::{FaultPoint, Injected};
pub use injector::{Injector, Step};
pub use recorded::RecordedEvent;
pub use recorder::Recorder;
pub use settings::{Scope, Testing};
pub use watched::Watched;

use crate::registry;

/// Closes each breaker in the [`registry`], and forgets its failures and whether it was forced.
///
/// Statics outlive the test that tripped them: begin a test with this where several in one process share a breaker. They
/// must then not run at once, as the breaker is still one for all.
///
/// ```
/// use retry_runtime::{CircuitBreaker, CircuitState, registry, testing};
///
/// let breaker = registry::get_or_insert("billing", || CircuitBreaker::new("billing"));
/// breaker.trip();
/// testing::reset_breakers();
/// assert_eq!(breaker.state(), CircuitState::Closed);
/// ```
pub fn reset_breakers() {
    for breaker in registry::handles() {
        breaker.reset();
    }
}
