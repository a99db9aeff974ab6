//! Handles replies.

use std::time::Duration;

use retry_runtime::fleet::ProbeOutcome;
use retry_runtime::observe::fleet as report;
use retry_runtime::observe::fleet::LeaseOutcome;

use super::clock::Jump;
use super::leases::LeaseTask;
use super::shared::{Answered, Moment, Task};
use super::{Agent, INSTANCES, InFlight, JUMPS_APART, PAGES, Pending, Sent, nanos};
use crate::agent::right::APART;
use crate::limits;
use crate::operator::CommandError;
use crate::transport::{Lost, Reason};
use crate::wire::{
    BeatReply, CommandAnswer, CommandReply, LeaseReply, OutcomeAnswer, OutcomeReply, Reply, Value,
    VoteAnswer, VoteReply,
};

/// The time to the next beat if the last reply was incomplete.
const NEXT_PAGE: Duration = Duration::from_millis(20);

impl Agent {
    /// Handles the reply to the last request.
    ///
    /// # Errors
    ///
    /// Returns an error if the reply is malformed. The connection then counts as lost.
    pub(crate) fn replied(&mut self, value: Value, now: u64) -> Result<(), Lost> {
        let Some(InFlight { script, .. }) = &self.in_flight else { return Ok(()) };
        let reply = Reply::parse(*script, value);
        let reply = reply.map_err(|error| Lost::new(Reason::Malformed, &error.to_string()))?;
        let Some(InFlight { sent, what, .. }) = self.in_flight.take() else { return Ok(()) };

        if let Some(jump) = self.clock.saw(reply.time(), now) {
            self.clock_jumped(jump, now);
        }
        let round_trip = Duration::from_nanos(now.saturating_sub(sent));
        report::record_round_trip(&self.identity.group, round_trip);
        match (reply, what) {
            (Reply::Beat(reply), _) => self.beat_replied(reply, now),
            (Reply::Vote(reply), Sent::Shared { name, .. }) => {
                self.vote_replied(&name, &reply, now);
            }
            (Reply::Lease(reply), Sent::Shared { name, task: Task::Lease(task), sequence }) => {
                self.lease_replied(&name, task, sequence, &reply, sent, now);
            }
            (Reply::Outcome(reply), Sent::Shared { name, .. }) => {
                self.outcome_replied(&name, &reply, now);
            }
            (Reply::Command(reply), Sent::Command(command)) => {
                self.command_replied(command, reply, now);
            }
            (Reply::Look(reply), Sent::Look(viewers)) => self.looked(reply, viewers),
            // The agent has already forgotten the breaker of a farewell.
            _ => {}
        }
        self.prolong(sent, round_trip, now);
        Ok(())
    }

    fn clock_jumped(&mut self, jump: Jump, now: u64) {
        let is_soon = |at: u64| now < at.saturating_add(nanos(JUMPS_APART));
        if !self.jump_reported.is_some_and(is_soon) {
            self.jump_reported = Some(now);
            report::clock_jumped(&self.identity.group, jump.is_forward, jump.by);
        }
    }

    /// Prolongs the right to coordinate. A reply proves that pushes arrive, too.
    fn prolong(&mut self, sent: u64, round_trip: Duration, now: u64) {
        if self.leaving != super::Leaving::No {
            return;
        }
        let alive = self.beats.alive;
        let alone_for = self.right.replied(self.beats.knows_all, now);
        if !self.right.is_coordinated() {
            return;
        }
        self.right.prolong(sent, self.active.is_empty(), self.beats.interval);
        self.coordinate_all();
        if let Some(alone_for) = alone_for {
            report::found(&self.identity.group, alone_for, alive);
            // The breakers follow the fleet now.
            for name in self.active_names() {
                self.update(&name, now);
            }
        }
        self.status.coordinated(round_trip, u32::try_from(alive).unwrap_or(u32::MAX));
        report::show_coordinated(&self.identity.group, true);
    }

    fn beat_replied(&mut self, reply: BeatReply, now: u64) {
        let BeatReply { alive, next_beat, mark, too_old, changed, .. } = reply;
        let (shortest, longest) = limits::BEAT;
        self.beats.alive = alive.clamp(1, INSTANCES);
        self.beats.interval =
            next_beat.clamp(Duration::from_millis(shortest), Duration::from_millis(longest));
        self.beats.mark = mark;
        self.beats.knows_all = changed.len() < limits::CHANGED;
        report::show_instances(&self.identity.group, self.beats.alive);
        for changed in changed {
            let name = &changed.breaker;
            if self.adopt(name, changed.standing, None, now) {
                self.follow(name, now);
            }
            self.adopt_record(name, changed.record, now);
        }
        self.beats.pages = if self.beats.knows_all { 0 } else { self.beats.pages + 1 };
        let has_next_page = !self.beats.knows_all && self.beats.pages <= PAGES;
        let wait = if has_next_page {
            nanos(NEXT_PAGE)
        } else if too_old || !self.right.is_coordinated() {
            nanos(APART)
        } else {
            self.draw_beat()
        };
        self.beats.at = now.saturating_add(wait);
    }

    fn vote_replied(&mut self, name: &str, reply: &VoteReply, now: u64) {
        let votes = (reply.answer == VoteAnswer::Opened).then_some(reply.votes);
        if self.adopt(name, reply.standing, votes, now) {
            self.follow(name, now);
        }
        let Some(shared) = self.shared.get_mut(name) else { return };
        match reply.answer {
            VoteAnswer::Counted | VoteAnswer::Opened => report::count_vote(shared.own_name()),
            VoteAnswer::Full => {
                report::too_many_breakers(&self.identity.group, shared.own_name());
            }
            VoteAnswer::TooOld => {
                shared.repeat_vote();
                shared.pause(now);
            }
            VoteAnswer::Open | VoteAnswer::OtherEpoch | VoteAnswer::Withdrawn => {}
        }
    }

    fn lease_replied(
        &mut self,
        name: &str,
        task: LeaseTask,
        sequence: u64,
        reply: &LeaseReply,
        sent: u64,
        now: u64,
    ) {
        let is_new = self.adopt(name, reply.standing, None, now);
        // A breaker takes an unclaimed lease only for the newest epoch that it was shown. The lease
        // of a running call must have that epoch before the breaker compares the two.
        if is_new && task == LeaseTask::Ask {
            self.follow(name, now);
        }
        if let Some(shared) = self.shared.get_mut(name) {
            let (spread, random) = (self.beats.spread(), &mut self.random);
            let moment = Moment { now, spread, random };
            let copy = self.copies.get(name);
            let left = reply.standing.map_or(Duration::ZERO, |standing| standing.left);
            let answer = reply.answer;
            let coordinated_since = self.right.coordinated_since();
            let answered = Answered { task, sequence, answer, left, sent, coordinated_since };
            shared.lease_answered(answered, copy, moment);
        }
        if is_new && task != LeaseTask::Ask {
            self.follow(name, now);
        }
        self.update(name, now);
    }

    fn outcome_replied(&mut self, name: &str, reply: &OutcomeReply, now: u64) {
        if let Some(shared) = self.shared.get_mut(name) {
            if reply.answer == OutcomeAnswer::TooOld {
                shared.pause(now);
            } else if let Some(ended) = shared.reported() {
                let is_void = reply.answer == OutcomeAnswer::Void;
                let outcome = match ended.outcome {
                    _ if ended.unclaimed => LeaseOutcome::Unclaimed,
                    ProbeOutcome::Neutral => LeaseOutcome::Neutral,
                    _ if is_void => LeaseOutcome::Expired,
                    ProbeOutcome::Success => LeaseOutcome::Success,
                    ProbeOutcome::Failure => LeaseOutcome::Failure,
                };
                report::count_probe(shared.own_name(), outcome);
            }
        }
        if self.adopt(name, reply.standing, None, now) {
            self.follow(name, now);
        }
        self.update(name, now);
    }

    fn command_replied(&mut self, command: Pending, reply: CommandReply, now: u64) {
        let name = &command.breaker;
        self.adopt_record(name, reply.record, now);
        if self.adopt(name, reply.standing, None, now) {
            self.follow(name, now);
        }
        let _ = command.answer.send(match reply.answer {
            CommandAnswer::Done | CommandAnswer::Repeated => Ok(()),
            CommandAnswer::Full => Err(CommandError::Full),
            CommandAnswer::TooOld => Err(CommandError::Alone),
        });
    }
}
