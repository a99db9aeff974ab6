//! One shared breaker, as its agent sees it, with one function for each rule.

use std::time::Duration;

use retry_runtime::fleet::{Change, Forced, Local, ProbeOutcome, Tied};
use retry_runtime::{CircuitState, Mode};

use super::copies::Copy;
use super::identity::Identity;
use super::leases::{LeaseTask, Leases, Report, take_back};
use super::random::{Random, nanos};
use super::turn::Class;
use super::votes::{Vote, Votes, window};
use crate::wire;
use crate::wire::{Ask, Claim, LeaseAnswer, ProbeResult};

const SECOND: u64 = 1_000_000_000;
/// How often a breaker that is not closed is looked at, woken or not.
const LOOK: u64 = 2 * SECOND;
/// How long the agent waits after an answer that a request was too old.
const PAUSE: u64 = SECOND;

/// A breaker that is tied to this agent.
pub(crate) struct Shared {
    tied: Tied,
    /// Its name on the wire.
    pub(crate) name: String,
    /// The name of its set on the wire, or its own.
    pub(crate) shared_as: String,
    /// The fleet is observed only: nothing is applied.
    observes: bool,
    /// The breaker at the last look.
    pub(crate) local: Local,
    pub(crate) look_at: u64,
    /// Its place among the breakers that are not closed, if it is one.
    pub(crate) rank: Option<u64>,
    coordinated_until: u64,
    /// The epoch in which local rules hold.
    local_rules: Option<u64>,
    votes: Votes,
    leases: Leases,
    paused_until: u64,
}

/// A request about one breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Vote(Vote),
    Lease(LeaseTask),
}

/// The answer to a request for a lease.
pub(crate) struct Answered {
    pub(crate) task: LeaseTask,
    pub(crate) sequence: u64,
    pub(crate) answer: LeaseAnswer,
    /// The rest of the open phase.
    pub(crate) left: Duration,
    /// When the request was sent.
    pub(crate) sent: u64,
}

/// What the rules need to know about the moment.
pub(crate) struct Moment<'a> {
    pub(crate) now: u64,
    /// The number of instances that are alive.
    pub(crate) alive: u64,
    pub(crate) random: &'a mut Random,
}

impl Shared {
    pub(crate) fn new(
        tied: Tied,
        name: String,
        shared_as: String,
        observes: bool,
        now: u64,
    ) -> Self {
        let local = tied.look();
        Self {
            tied,
            name,
            shared_as,
            observes,
            local,
            look_at: now,
            rank: None,
            coordinated_until: 0,
            local_rules: None,
            votes: Votes::default(),
            leases: Leases::new(now),
            paused_until: 0,
        }
    }

    /// Returns the breaker's own name.
    pub(crate) fn own_name(&self) -> &str {
        self.tied.name()
    }

    /// Returns whether nothing but this agent keeps the breaker alive.
    pub(crate) fn is_last(&self) -> bool {
        self.tied.is_last()
    }

    fn change(&self, change: Change) -> bool {
        !self.observes && self.tied.change(change)
    }

    /// Looks at the breaker, and decides what is to be done and when to look again.
    pub(crate) fn look(&mut self, copy: Option<&Copy>, moment: Moment<'_>) {
        let Moment { now, alive, random } = moment;
        self.local = self.tied.look();
        for ended in self.tied.outcomes() {
            self.leases.ended(ended);
        }
        self.leases.keep_held(&self.local);
        self.give_back_unclaimed(copy, now);
        self.look_at = now.saturating_add(LOOK);
        if let Some(copy) = copy.filter(|copy| self.local_rules != Some(copy.epoch())) {
            self.leases.plan(&self.local, copy, alive, random, now);
            let ends_at = copy.until.max(self.local.until);
            if ends_at > now {
                self.look_at = self.look_at.min(ends_at);
            }
        }
        if let Some(at) = self.leases.give_back_at(&self.local) {
            self.look_at = self.look_at.min(at);
        }
    }

    /// Gives back the leases that no call has claimed in time. The caller is a rare one then: its
    /// next call is admitted at once, and the agent asks afterwards.
    fn give_back_unclaimed(&mut self, copy: Option<&Copy>, now: u64) {
        for lease in self.leases.unclaimed(&self.local, now) {
            if self.change(take_back(&lease)) {
                self.leases.give_back(lease.sequence, lease.epoch, true);
                if copy.is_some_and(|copy| copy.is_open() && copy.epoch() == lease.epoch) {
                    let late = self.leases.late(lease.epoch);
                    self.change(Change::Grant(late));
                }
                self.local = self.tied.look();
            }
        }
    }

    /// Returns whether the breaker or the fleet is not closed, or something is left to be reported.
    pub(crate) fn is_active(&self, copy: Option<&Copy>) -> bool {
        self.is_in_trouble(copy) || self.leases.any()
    }

    fn is_in_trouble(&self, copy: Option<&Copy>) -> bool {
        let follows = self.local.forced == Forced::No && self.local.mode != Mode::Off;
        follows && (self.local.state != CircuitState::Closed || copy.is_some_and(Copy::is_open))
    }

    /// Returns since when it is not closed, here or in the fleet.
    pub(crate) fn open_since(&self, copy: Option<&Copy>) -> u64 {
        match self.local.opened_at {
            0 => copy.map_or(0, |copy| copy.adopted_at),
            opened_at => opened_at,
        }
    }

    /// Offers the requests that are to be sent about the breaker.
    pub(crate) fn offer(
        &self,
        copy: Option<&Copy>,
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

    /// Returns what to send for a task, with the number of the lease that it is about. `None` if it
    /// is not needed any more.
    pub(crate) fn ask(
        &mut self,
        task: Task,
        copy: Option<&Copy>,
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
                self.leases.asked(copy.map_or(0, Copy::epoch));
                // The next call that is rejected wakes the agent again.
                self.change(Change::Asked);
                self.local.wants_lease = false;
                (self.leases.next_sequence(), Claim::New)
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

    fn outcome(&self, report: Report, identity: &Identity, copy: Option<&Copy>) -> wire::Outcome {
        let failed = copy.map_or(0, Copy::failed).saturating_add(1);
        wire::Outcome {
            breaker: self.name.clone(),
            id: identity.lease(report.sequence),
            epoch: report.epoch,
            result: match report.outcome {
                ProbeOutcome::Success => ProbeResult::Success,
                ProbeOutcome::Failure => ProbeResult::Failure,
                ProbeOutcome::Neutral => ProbeResult::Neutral,
            },
            success_threshold: self.local.success_threshold,
            open_for: self.tied.open_for(failed),
            longest: self.local.longest_open,
        }
    }

    fn vote(&self, epoch: u64, cast: bool, identity: &Identity, now: u64) -> wire::Vote {
        wire::Vote {
            breaker: self.name.clone(),
            shared_as: self.shared_as.clone(),
            voter: identity.voter.clone(),
            cast,
            epoch,
            window: window(&self.local, now),
            quorum: identity.quorum.voters(),
            open_for: self.tied.open_for(0),
            longest: self.local.longest_open,
        }
    }

    /// Shows the breaker a register of another epoch or state.
    pub(crate) fn show(&mut self, copy: &Copy) {
        if let Some(change) = copy.shown() {
            self.change(change);
        }
    }

    /// Shows the breaker what an operator has commanded: the force, and the mode.
    pub(crate) fn obey(&mut self, copy: &Copy) {
        if let Some(force) = copy.force() {
            self.change(force);
        }
        if let Some(record) = &copy.record {
            let mode = match record.mode {
                crate::record::SetMode::None => None,
                crate::record::SetMode::Enforce => Some(Mode::Enforce),
                crate::record::SetMode::Observe => Some(Mode::Observe),
                crate::record::SetMode::Off => Some(Mode::Off),
            };
            self.change(Change::Mode(mode));
        }
    }

    /// Prolongs the right to coordinate, or shortens it. Small steps are left out.
    pub(crate) fn coordinate(&mut self, until: u64) {
        let held = self.coordinated_until;
        if until < held || until >= held.saturating_add(SECOND) {
            self.coordinated_until = until;
            self.change(Change::Coordinate { until });
        }
    }

    /// Ends the right to coordinate, which it may have begun with.
    pub(crate) fn be_alone(&mut self) {
        self.coordinated_until = 0;
        self.change(Change::Alone);
    }

    /// Ends the right to coordinate.
    pub(crate) fn leave_alone(&mut self) {
        if self.coordinated_until > 0 {
            self.be_alone();
        }
        // The server may not have the vote.
        self.votes.repeat();
    }

    /// Lets local rules hold until there is a newer epoch.
    pub(crate) fn follow_local_rules(&mut self, epoch: u64) {
        self.local_rules = Some(epoch);
        self.change(Change::LocalRules { epoch });
    }

    /// Notes the answer to a request for a lease. `copy` has the register of the reply.
    pub(crate) fn lease_answered(
        &mut self,
        Answered { task, sequence, answer, left, sent }: Answered,
        copy: Option<&Copy>,
        moment: Moment<'_>,
    ) {
        let Moment { now, alive, random } = moment;
        let epoch = copy.map_or(0, Copy::epoch);
        match (answer, task) {
            (LeaseAnswer::Granted, _) => {
                let lease = self.leases.granted(sequence, epoch, sent, now);
                self.leases.asked(epoch);
                if !self.change(Change::Grant(lease)) && task == LeaseTask::Ask {
                    self.leases.give_back(sequence, epoch, true);
                }
            }
            (LeaseAnswer::TooOld, _) => self.pause(now),
            (_, LeaseTask::Ask) => {
                // The server may say anything.
                let left = left.min(self.local.longest_open);
                self.leases.refused(left, alive, random, now);
                self.give_up_late(answer, copy, now);
            }
            (_, LeaseTask::Late { .. } | LeaseTask::Renew { .. } | LeaseTask::Report) => {
                self.leases.not_granted(sequence, epoch, now);
                self.change(Change::TakeBack { sequence });
            }
        }
        if answer == LeaseAnswer::None && self.local.epoch > 0 {
            self.follow_local_rules(self.local.epoch);
        }
    }

    /// Follows local rules if leases have been refused for longer than any open phase.
    fn give_up_late(&mut self, answer: LeaseAnswer, copy: Option<&Copy>, now: u64) {
        let Some(copy) = copy.filter(|copy| copy.is_open()) else { return };
        let longest = nanos(self.local.longest_open);
        let patience = match answer {
            LeaseAnswer::Refused => longest,
            // An open phase and, if the server's clock was turned back, another one.
            _ => longest.saturating_mul(3),
        };
        if now.saturating_sub(copy.adopted_at) > patience {
            self.follow_local_rules(copy.epoch());
        }
    }

    /// Notes the answer to an outcome, and returns what it was about.
    pub(crate) fn reported(&mut self) -> Option<Report> {
        self.leases.reported()
    }

    /// Waits before the next request.
    pub(crate) fn pause(&mut self, now: u64) {
        self.paused_until = now.saturating_add(PAUSE);
    }

    /// Lets the vote be cast again.
    pub(crate) fn repeat_vote(&mut self) {
        self.votes.repeat();
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

    /// Returns what to send once the breaker has lost its place: no lease and no vote stays.
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
