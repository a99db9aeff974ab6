//! Admission and verdict at a time that comes as an argument.

use super::CircuitBreaker;
use super::settings::Verdict;
use super::ticket::{Attempt, Ticket};
use crate::config::Mode;
use crate::failure::FailureKind;

/// What an admission leaves with its call.
#[derive(Clone, Copy)]
pub(crate) struct SimulatedTicket(Ticket);

impl std::fmt::Debug for SimulatedTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SimulatedTicket").finish_non_exhaustive()
    }
}

impl CircuitBreaker {
    pub(crate) fn admit_at(&self, now: u64) -> Option<SimulatedTicket> {
        loop {
            match self.core.attempt(&self.settings, false, || now) {
                Attempt::Admitted(ticket) => return Some(SimulatedTicket(ticket)),
                Attempt::Rejected(word, _) if word.mode() == Mode::Observe => {
                    return Some(SimulatedTicket(Ticket::neutral(word)));
                }
                Attempt::Rejected(..) => return None,
                Attempt::Changed(_) => {}
            }
        }
    }

    pub(crate) fn settle_at(
        &self,
        SimulatedTicket(ticket): SimulatedTicket,
        failure: Option<FailureKind>,
        now: u64,
    ) {
        let verdict = match failure {
            None => Verdict::Success,
            Some(kind) => self.settings.verdict(kind),
        };
        // Whoever looks at the state sees what came of it.
        let _ = self.core.settle(&self.settings, ticket, verdict, || now);
    }
}
