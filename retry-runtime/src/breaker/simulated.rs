//! Admission and outcome at a time that comes as an argument.

use std::fmt;

use super::CircuitBreaker;
use super::admission::{Admission, Request};
use super::settings::Outcome;
use crate::config::Mode;
use crate::failure::FailureKind;

/// An admission in virtual time.
#[derive(Clone, Copy)]
pub(crate) struct SimulatedAdmission(Admission);

impl fmt::Debug for SimulatedAdmission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimulatedAdmission").finish_non_exhaustive()
    }
}

impl CircuitBreaker {
    pub(crate) fn admit_at(&self, now: u64) -> Option<SimulatedAdmission> {
        match self.core.admit(&self.settings, Request::default(), || now, |_| {}) {
            Ok(admission) => Some(SimulatedAdmission(admission)),
            Err(rejection) if rejection.state.mode() == Mode::Observe => {
                Some(SimulatedAdmission(Admission::uncounted(rejection.state)))
            }
            Err(_) => None,
        }
    }

    pub(crate) fn settle_at(
        &self,
        SimulatedAdmission(admission): SimulatedAdmission,
        failure: Option<FailureKind>,
        now: u64,
    ) {
        let outcome = match failure {
            None => Outcome::Success,
            Some(kind) => self.settings.built().outcome(kind),
        };
        // The caller sees a transition in the state.
        let _ = self.core.end(&self.settings, admission, outcome, || now);
    }
}
