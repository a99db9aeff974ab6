//! Admission and outcome at a time that is passed as an argument.

use std::fmt;
use std::time::Duration;

use super::CircuitBreaker;
use super::admission::{Admission, Request};
use super::settings::Outcome;
use crate::circuit_state::CircuitState;
use crate::clock::since_anchor;
use crate::config::Mode;
use crate::failure::FailureKind;

/// A circuit breaker in virtual time. It is not in the registry and emits no events.
#[derive(Debug)]
pub struct Breaker(CircuitBreaker);

/// An admission by a [`Breaker`], to be settled with its outcome.
#[derive(Clone, Copy)]
pub struct Ticket(Admission);

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ticket").finish_non_exhaustive()
    }
}

impl Breaker {
    /// Wraps a breaker to run it in virtual time.
    #[must_use]
    pub const fn new(breaker: CircuitBreaker) -> Self {
        Self(breaker)
    }

    /// Admits a call at `now`, or returns `None`.
    pub fn admit(&self, now: Duration) -> Option<Ticket> {
        match self.0.core.admit(&self.0.settings, Request::default(), || since_anchor(now), |_| {})
        {
            Ok(admission) => Some(Ticket(admission)),
            Err(rejection) if rejection.state.mode() == Mode::Observe => {
                Some(Ticket(Admission::uncounted(rejection.state)))
            }
            Err(_) => None,
        }
    }

    /// Records that an admitted call ended at `now`. `failure` is `None` if it succeeded.
    pub fn settle(&self, ticket: Ticket, failure: Option<FailureKind>, now: Duration) {
        let outcome =
            failure.map_or(Outcome::Success, |kind| self.0.settings.built().outcome(kind));
        // Transitions are visible in the state.
        let _ = self.0.core.end(&self.0.settings, ticket.0, outcome, || since_anchor(now));
    }

    /// Returns the state.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.0.state()
    }
}
