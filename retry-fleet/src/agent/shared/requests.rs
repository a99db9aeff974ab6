//! Builds the requests about one breaker.

use retry_runtime::fleet::{Change, ProbeOutcome};

use super::{Shared, Task};
use crate::agent::copies::OwnCopy;
use crate::agent::identity::Identity;
use crate::agent::leases::{LeaseTask, Report, take_back};
use crate::agent::turn::Class;
use crate::agent::votes::window;
use crate::wire;
use crate::wire::{Ask, Claim, ProbeResult};

impl Shared {
    /// Offers the requests about the breaker.
    pub(crate) fn offer(
        &self,
        copy: Option<&OwnCopy>,
        is_coordinated: bool,
        now: u64,
        offer: &mut impl FnMut(Class, u64, Task),
    ) {
        let mut offer = |class, due: u64, task| offer(class, due.max(self.paused_until), task);
        let (epoch, is_open) = copy.map_or((0, false), |copy| (copy.epoch(), copy.is_open()));
        if let Some(vote) = self.votes.wanted(&self.local, epoch, is_open, now) {
            offer(Class::News, self.local.opened_at, Task::Vote(vote));
        }
        for (due, task) in self.leases.tasks(&self.local, now) {
            let is_renewal = matches!(task, LeaseTask::Renew { .. });
            let class = if is_renewal { Class::Renewal } else { Class::News };
            offer(class, due, Task::Lease(task));
        }
        let copy = copy.filter(|copy| is_coordinated && self.local_rules != Some(copy.epoch()));
        if let Some(due) = copy.and_then(|copy| self.leases.ask_at(&self.local, copy)) {
            offer(Class::Ask, due, Task::Lease(LeaseTask::Ask));
        }
    }

    /// Returns the request for a task, with the number of its lease. `None` if it is no longer
    /// needed.
    pub(crate) fn ask(
        &mut self,
        task: Task,
        copy: Option<&OwnCopy>,
        identity: &Identity,
        now: u64,
    ) -> Option<(Ask, u64)> {
        let (sequence, claim) = match task {
            Task::Vote(vote) => {
                self.votes.cast(vote);
                return Some((Ask::Vote(self.vote(vote.epoch, true, identity, now)), 0));
            }
            Task::Lease(LeaseTask::Report) => {
                let report = self.leases.next_report()?;
                return Some((Ask::Outcome(self.outcome(report, identity, copy)), report.sequence));
            }
            Task::Lease(LeaseTask::Ask) => {
                self.leases.asked(copy.map_or(0, OwnCopy::epoch));
                // The next rejected call wakes the agent again.
                self.change(Change::Asked);
                self.local.wants_lease = false;
                (self.leases.sequence_to_ask(), Claim::New)
            }
            Task::Lease(LeaseTask::Late { sequence }) => (sequence, Claim::Late),
            Task::Lease(LeaseTask::Renew { sequence, epoch }) => (sequence, Claim::Renew(epoch)),
        };
        let ask = Ask::Lease(wire::Lease {
            breaker: self.name.clone(),
            id: identity.lease(sequence),
            claim,
            places: self.local.half_open_max_calls,
            longest: self.local.longest_open,
        });
        Some((ask, sequence))
    }

    fn outcome(
        &self,
        report: Report,
        identity: &Identity,
        copy: Option<&OwnCopy>,
    ) -> wire::Outcome {
        let failed = copy.map_or(0, OwnCopy::failed).saturating_add(1);
        wire::Outcome {
            breaker: self.name.clone(),
            id: identity.lease(report.sequence),
            epoch: report.epoch,
            result: match report.outcome {
                ProbeOutcome::Success => ProbeResult::Success,
                ProbeOutcome::Failure => ProbeResult::Failure,
                ProbeOutcome::Neutral => ProbeResult::Neutral,
            },
            // A recovery by local rules already took this many successes.
            success_threshold: if self.observes { 1 } else { self.local.success_threshold },
            open_for: self.tied.open_for(failed),
            longest: self.local.longest_open,
        }
    }

    fn vote(&self, epoch: u64, cast: bool, identity: &Identity, now: u64) -> wire::Vote {
        wire::Vote {
            breaker: self.name.clone(),
            shared_as: self.set.clone(),
            voter: identity.voter.clone(),
            cast,
            epoch,
            window: window(&self.local, now),
            quorum: identity.quorum.voters(),
            open_for: self.tied.open_for(0),
            longest: self.local.longest_open,
        }
    }

    /// Takes the unclaimed leases back, so that they can be reported.
    pub(crate) fn give_all_back(&mut self) {
        self.local = self.tied.look();
        for held in std::mem::take(&mut self.local.leases) {
            if held.claimed_at.is_none() && self.change(take_back(&held.lease)) && !held.lease.late
            {
                self.leases.give_back(held.lease.sequence, held.lease.epoch, true);
            }
        }
    }

    /// Returns the requests for a breaker that has lost its place. They end its leases and its
    /// vote.
    pub(crate) fn farewell(mut self, identity: &Identity, now: u64) -> Vec<Ask> {
        self.local = self.tied.look();
        let held: Vec<_> = self.local.leases.iter().map(|held| held.lease).collect();
        for lease in held.into_iter().filter(|lease| !lease.late) {
            self.leases.give_back(lease.sequence, lease.epoch, false);
        }
        let mut asks = Vec::new();
        if let Some(epoch) = self.votes.in_force() {
            asks.push(Ask::Vote(self.vote(epoch, false, identity, now)));
        }
        while let Some(report) = self.leases.next_report() {
            asks.push(Ask::Outcome(self.outcome(report, identity, None)));
            self.leases.reported();
        }
        asks
    }
}
