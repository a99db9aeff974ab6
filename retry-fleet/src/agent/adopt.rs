//! Handles a register or an operator's record of the fleet.

use std::fmt::Display;
use std::time::Duration;

use retry_runtime::observe::fleet as report;
use retry_runtime::observe::fleet::Opening;

use super::copies::{Adopted, Forgotten};
use super::{Agent, nanos};
use crate::limits;
use crate::record::{Force, Record, SetMode};
use crate::wire::{Kind, Push, Standing};

/// The minimum time between a beat and a beat that a push causes.
const BEATS_APART: Duration = Duration::from_millis(50);

impl Agent {
    /// Handles a push. Anyone who can publish can send any text, so an invalid push is ignored.
    pub(crate) fn pushed(&mut self, text: &[u8], now: u64) {
        let Some(push) = Push::parse(text) else { return };
        let Some(time) = self.clock.time(now) else { return };
        if push.kind == Kind::Command {
            // The push does not contain the record. One beat reads the records of many pushes.
            let soon = now.saturating_add(self.random.up_to(self.beats.spread() / 10));
            let soon = soon.max(self.beats.sent.saturating_add(nanos(BEATS_APART)));
            self.beats.at = self.beats.at.min(soon);
            return;
        }
        // An epoch is the time at which it was created, unless the clock was turned back.
        if let Some(delay) = time.checked_sub(push.epoch).filter(|delay| *delay < 60_000) {
            report::record_push_delay(&self.identity.group, Duration::from_millis(delay));
        }
        let longest = self.longest(&push.name);
        let adopted = self.copies.adopt_push(&push, longest, &self.clock, now);
        if let Some(adopted) = adopted {
            self.announce(&push.name, adopted, None);
            self.follow(&push.name, now);
        }
    }

    /// Takes the register of a reply. `votes` is the number of votes that opened it.
    pub(super) fn adopt(
        &mut self,
        name: &str,
        standing: Option<Standing>,
        votes: Option<u64>,
        now: u64,
    ) -> bool {
        let Some(standing) = standing else { return false };
        let longest = self.longest(name);
        let adopted = self.copies.adopt(name, standing, longest, &self.clock, now);
        if let Some(adopted) = adopted {
            self.announce(name, adopted, votes);
        }
        adopted.is_some()
    }

    /// Takes an operator's record.
    pub(super) fn adopt_record(&mut self, name: &str, record: Option<Record>, now: u64) {
        let Some(record) = record else { return };
        let is_shared = self.shared.contains_key(name);
        let before = self.copies.get(name).and_then(|copy| copy.record.clone());
        if !self.copies.adopt_record(name, record.clone(), is_shared, &self.clock, now) {
            return;
        }
        self.announce_command(name, before.as_ref(), &record, now);
        if let (Some(shared), Some(copy)) = (self.shared.get_mut(name), self.copies.get(name)) {
            shared.obey(copy);
        }
        self.update(name, now);
    }

    /// Shows the breaker the register, and then looks at the breaker.
    pub(super) fn follow(&mut self, name: &str, now: u64) {
        let Some(copy) = self.copies.get(name) else { return };
        if !self.observes {
            self.inbox.show(name, copy.shown().filter(|_| copy.is_open()));
        }
        if let Some(shared) = self.shared.get_mut(name) {
            shared.show(copy);
        }
        self.update(name, now);
    }

    /// Drops outdated copies. If the fleet was not closed for a breaker, local rules apply to it.
    pub(super) fn drop_old(&mut self, now: u64) {
        for Forgotten { name, epoch } in self.copies.drop_old(&self.clock, now) {
            self.inbox.show(&name, None);
            if let Some(shared) = self.shared.get_mut(&name) {
                shared.follow_local_rules(epoch);
            }
            self.update(&name, now);
        }
    }

    /// Returns the longest open phase of a breaker that this process shares.
    pub(super) fn longest(&self, name: &str) -> Option<Duration> {
        self.shared.get(name).map(|shared| shared.local.longest_open)
    }

    fn announce(&self, name: &str, adopted: Adopted, votes: Option<u64>) {
        let Some(shared) = self.shared.get(name) else { return };
        match adopted {
            Adopted::Opened { left: retry_in } => {
                let opening = Opening { votes, instances: self.beats.alive, retry_in };
                let announce = if self.observes { report::would_open } else { report::opened };
                announce(shared.own_name(), opening);
            }
            Adopted::Closed { open_for } => report::closed(shared.own_name(), open_for),
            Adopted::Other => {}
        }
    }

    fn announce_command(&self, name: &str, before: Option<&Record>, record: &Record, now: u64) {
        let Some(shared) = self.shared.get(name) else { return };
        let by = String::from_utf8_lossy(&record.by);
        let mode = record.mode.as_str();
        let former = before.map_or(SetMode::None, |before| before.mode);
        let is_mode = record.mode != former;
        let (what, detail) = match record.force {
            _ if is_mode => ("set_mode", Some(&mode as &dyn Display)),
            Force::Open => ("force_open", None),
            Force::Closed => ("force_closed", None),
            Force::None => ("reset", None),
        };
        let is_lasting = record.until != 0 && !is_mode;
        let lasting = is_lasting.then(|| self.clock.until(record.until, now));
        // A new instance also reads commands that have already ended.
        let age = self.clock.time(now).map_or(0, |time| time.saturating_sub(record.epoch));
        let is_over = lasting.is_some_and(|lasting| lasting.is_zero()) || what == "reset";
        if !is_over || age < limits::ALIVE {
            report::command(shared.own_name(), what, &by, detail, lasting);
        }
    }
}
