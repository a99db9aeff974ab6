//! One shared breaker, as its agent sees it, with one function for each rule.

mod answers;
mod observing;
mod requests;

use std::time::Duration;

use retry_runtime::fleet::{Change, Forced, Local, Tied};
use retry_runtime::{CircuitState, Mode};

use super::copies::OwnCopy;
use super::leases::{LeaseTask, Leases, take_back};
use super::random::Random;
use super::votes::{Vote, Votes};
use crate::record::SetMode;
pub(crate) use answers::Answered;

const SECOND: u64 = 1_000_000_000;
/// The time after which a breaker that is not closed is looked at again, even without a wake-up.
const LOOK: u64 = 2 * SECOND;
/// The wait after an answer that a request was too old.
const PAUSE: u64 = SECOND;

/// A breaker that is tied to this agent.
pub(crate) struct Shared {
    tied: Tied,
    /// Its name on the wire.
    pub(crate) name: String,
    /// The name of its set on the wire; for a single breaker, its own name.
    pub(crate) set: String,
    /// If true, the fleet is only observed, and nothing is applied.
    observes: bool,
    /// The breaker at the last look.
    pub(crate) local: Local,
    pub(crate) look_at: u64,
    /// Its rank among the breakers that are not closed, if it is one of them.
    pub(crate) rank: Option<u64>,
    coordinated_until: u64,
    /// True if it has tripped on its own evidence since the fleet opened: see `observing`.
    has_tripped: bool,
    /// The epoch in which local rules apply.
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

/// The inputs of the rules that depend on the moment.
pub(crate) struct Moment<'a> {
    pub(crate) now: u64,
    /// The time over which instances spread actions that they would all take simultaneously.
    pub(crate) spread: Duration,
    pub(crate) random: &'a mut Random,
}

impl Shared {
    pub(crate) fn new(tied: Tied, name: String, set: String, observes: bool, now: u64) -> Self {
        let local = tied.look();
        Self {
            tied,
            name,
            set,
            observes,
            local,
            look_at: now,
            rank: None,
            coordinated_until: 0,
            has_tripped: false,
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

    /// Returns whether only this agent keeps the breaker alive.
    pub(crate) fn is_last(&self) -> bool {
        self.tied.is_last()
    }

    fn change(&self, change: Change) -> bool {
        !self.observes && self.tied.change(change)
    }

    /// Looks at the breaker, and decides on requests and on the time of the next look.
    pub(crate) fn look(&mut self, copy: Option<&OwnCopy>, moment: Moment<'_>) {
        let Moment { now, spread, random } = moment;
        self.local = self.tied.look();
        for ended in self.tied.outcomes() {
            self.leases.ended(ended);
        }
        self.leases.keep_held(&self.local);
        self.give_back_unclaimed(copy, now);
        if self.observes {
            self.note_recovery(copy, now);
        }
        self.look_at = now.saturating_add(LOOK);
        if let Some(copy) = copy.filter(|copy| self.local_rules != Some(copy.epoch())) {
            self.leases.plan(&self.local, copy, spread, random, now);
            let ends_at = copy.until.max(self.local.until);
            if ends_at > now {
                self.look_at = self.look_at.min(ends_at);
            }
        }
        if let Some(at) = self.leases.give_back_at(&self.local) {
            self.look_at = self.look_at.min(at);
        }
    }

    /// Gives back leases that no call has claimed in time. The breaker's caller is then rare: its
    /// next call is admitted immediately, and the agent asks afterwards.
    fn give_back_unclaimed(&mut self, copy: Option<&OwnCopy>, now: u64) {
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

    /// Returns whether the breaker or the fleet is not closed, or a report is pending.
    pub(crate) fn is_active(&self, copy: Option<&OwnCopy>) -> bool {
        self.is_in_trouble(copy) || self.leases.any()
    }

    fn is_in_trouble(&self, copy: Option<&OwnCopy>) -> bool {
        let follows = self.local.forced == Forced::No && self.local.mode != Mode::Off;
        follows && (self.local.state != CircuitState::Closed || copy.is_some_and(OwnCopy::is_open))
    }

    /// Returns the time since which the breaker is not closed, here or in the fleet.
    pub(crate) fn open_since(&self, copy: Option<&OwnCopy>) -> u64 {
        match self.local.opened_at {
            0 => copy.map_or(0, |copy| copy.adopted_at),
            opened_at => opened_at,
        }
    }

    /// Shows the breaker a register with a new epoch or state.
    pub(crate) fn show(&mut self, copy: &OwnCopy) {
        if let Some(change) = copy.shown() {
            self.change(change);
        }
    }

    /// Applies an operator's command to the breaker: the force and the mode.
    pub(crate) fn obey(&mut self, copy: &OwnCopy) {
        if let Some(force) = copy.force() {
            self.change(force);
        }
        if let Some(record) = &copy.record {
            let mode = match record.mode {
                SetMode::None => None,
                SetMode::Enforce => Some(Mode::Enforce),
                SetMode::Observe => Some(Mode::Observe),
                SetMode::Off => Some(Mode::Off),
            };
            self.change(Change::Mode(mode));
        }
    }

    /// Prolongs or shortens the right to coordinate. Small steps are left out.
    pub(crate) fn coordinate(&mut self, until: u64) {
        let held = self.coordinated_until;
        if until < held || until >= held.saturating_add(SECOND) {
            self.coordinated_until = until;
            self.change(Change::Coordinate { until });
        }
    }

    /// Ends the right to coordinate, which the breaker may have started with.
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

    /// Applies local rules until there is a newer epoch.
    pub(crate) fn follow_local_rules(&mut self, epoch: u64) {
        self.local_rules = Some(epoch);
        self.change(Change::LocalRules { epoch });
    }

    /// Waits before the next request.
    pub(crate) fn pause(&mut self, now: u64) {
        self.paused_until = now.saturating_add(PAUSE);
    }

    /// Lets the vote be cast again.
    pub(crate) fn repeat_vote(&mut self) {
        self.votes.repeat();
    }
}
