//! Ties the measured breakers to an agent, with the feature `linked`.
//!
//! The agent never coordinates, so each breaker behaves as it does alone.

#[cfg(feature = "linked")]
use std::sync::{Arc, OnceLock};

#[cfg(feature = "linked")]
use retry_runtime::fleet::{self, Change, Source, Tied};
use retry_utils::CircuitBreakers;
use retry_utils::registry::Handle;

#[cfg(feature = "linked")]
struct Agent;

#[cfg(feature = "linked")]
impl Source for Agent {
    fn wake(&self, _: &str) {}

    fn begins(&self, _: &str) -> Vec<Change> {
        Vec::new()
    }

    fn made(&self, breaker: Tied) {
        std::mem::forget(breaker);
    }

    fn evicted(&self, _: &str) {}
}

#[cfg(feature = "linked")]
fn agent() -> &'static Arc<dyn Source> {
    static AGENT: OnceLock<Arc<dyn Source>> = OnceLock::new();
    AGENT.get_or_init(|| Arc::new(Agent))
}

/// Ties a breaker permanently. It may be tied already.
pub(crate) fn tie(breaker: impl Into<Handle>) {
    let breaker = breaker.into();
    #[cfg(feature = "linked")]
    let _ = fleet::tie(breaker, agent()).map(std::mem::forget);
    #[cfg(not(feature = "linked"))]
    drop(breaker);
}

/// Ties the breakers of a set permanently.
pub(crate) fn tie_all(set: &CircuitBreakers) {
    #[cfg(feature = "linked")]
    let _ = fleet::tie_all(set, agent());
    #[cfg(not(feature = "linked"))]
    let _ = set;
}
