//! Handles answers about the leases of one breaker.

use std::time::Duration;

use retry_runtime::fleet::Change;

use super::{Moment, Shared};
use crate::agent::copies::OwnCopy;
use crate::agent::leases::{LeaseTask, Report};
use crate::agent::random::nanos;
use crate::wire::LeaseAnswer;

/// The answer to a request for a lease.
pub(crate) struct Answered {
    pub(crate) task: LeaseTask,
    pub(crate) sequence: u64,
    pub(crate) answer: LeaseAnswer,
    /// The rest of the open phase.
    pub(crate) left: Duration,
    /// The time at which the request was sent.
    pub(crate) sent: u64,
    /// The time since which the instance acts with the fleet. Alone it cannot ask.
    pub(crate) coordinated_since: u64,
}

impl Shared {
    /// Notes the answer to a request for a lease. `copy` has the register of the reply.
    pub(crate) fn lease_answered(
        &mut self,
        Answered { task, sequence, answer, left, sent, coordinated_since }: Answered,
        copy: Option<&OwnCopy>,
        moment: Moment<'_>,
    ) {
        let Moment { now, spread, random } = moment;
        let epoch = copy.map_or(0, OwnCopy::epoch);
        if task == LeaseTask::Ask {
            self.leases.answered();
        }
        match (answer, task) {
            (LeaseAnswer::Granted, _) => {
                let lease = self.leases.granted(sequence, epoch, sent, now);
                self.leases.asked(epoch);
                if !self.change(Change::Grant(lease)) && task == LeaseTask::Ask {
                    self.leases.give_back(sequence, epoch, true);
                    self.leases.refused(Duration::ZERO, spread, random, now);
                }
            }
            (LeaseAnswer::TooOld, _) => {
                self.pause(now);
                if task == LeaseTask::Ask {
                    self.leases.refused(Duration::ZERO, spread, random, now);
                }
            }
            (_, LeaseTask::Ask) => {
                // A hostile server may send any value.
                let left = left.min(self.local.longest_open);
                self.leases.refused(left, spread, random, now);
                self.give_up_late(answer, copy, coordinated_since, now);
            }
            (_, LeaseTask::Late { .. } | LeaseTask::Renew { .. } | LeaseTask::Report) => {
                self.leases.not_granted(sequence, &self.local, now);
                self.change(Change::TakeBack { sequence });
            }
        }
        if answer == LeaseAnswer::None && self.local.epoch > 0 {
            self.follow_local_rules(self.local.epoch);
        }
    }

    /// Follows local rules if leases have been refused for longer than any open phase.
    fn give_up_late(
        &mut self,
        answer: LeaseAnswer,
        copy: Option<&OwnCopy>,
        coordinated_since: u64,
        now: u64,
    ) {
        let Some(copy) = copy.filter(|copy| copy.is_open()) else { return };
        let longest = nanos(self.local.longest_open);
        let patience = match answer {
            LeaseAnswer::Refused => longest,
            // An open phase and, if the server's clock was turned back, another one.
            _ => longest.saturating_mul(3),
        };
        if now.saturating_sub(copy.adopted_at.max(coordinated_since)) > patience {
            self.follow_local_rules(copy.epoch());
        }
    }

    /// Notes the answer to an outcome, and returns the reported outcome.
    pub(crate) fn reported(&mut self) -> Option<Report> {
        self.leases.reported()
    }
}
