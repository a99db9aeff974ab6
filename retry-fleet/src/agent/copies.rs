//! This instance's copy of the fleet's state. Requests carry it, so a server that loses its data
//! gets it back.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use retry_runtime::fleet::Change;

use super::clock::ServerClock;
use super::random::nanos;
use crate::limits::BREAKERS;
use crate::record::{Force, Record, SetMode};
use crate::register::{Register, State};
use crate::wire::{Known, Push, Standing};

/// The maximum number of copies in one beat. The next beat continues after the last one.
const SENT: usize = 256;
/// An open phase longer than any setting allows, for breakers that this process does not have.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The copies of all breakers of the group, by their names on the wire.
#[derive(Default)]
pub(crate) struct Copies {
    by_name: BTreeMap<String, OwnCopy>,
    /// The last name that a beat has sent, if there were more.
    sent_up_to: Option<String>,
}

/// The copy of one breaker. Times are nanoseconds of this process.
#[derive(Default)]
pub(crate) struct OwnCopy {
    pub(crate) register: Option<Register>,
    /// True if it came in a reply. A push is incomplete, so its content is not sent back.
    is_exact: bool,
    /// The end of the open phase. While half-open, the time at which this state was learned.
    pub(crate) until: u64,
    /// The time at which the epoch was created.
    made_at: u64,
    /// The time at which the epoch was learned.
    pub(crate) adopted_at: u64,
    /// The time since which the fleet is not closed.
    open_since: Option<u64>,
    pub(crate) record: Option<Record>,
    /// The end of the operator's force; `None` if it has none.
    forced_until: Option<u64>,
}

/// A register whose epoch or state differs from the copy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adopted {
    /// An open phase began.
    Opened { left: Duration },
    /// The fleet closed the breaker after this time.
    Closed { open_for: Duration },
    /// Nothing to report.
    Other,
}

/// A register whose copy became too old while it was not closed.
pub(crate) struct Forgotten {
    pub(crate) name: String,
    pub(crate) epoch: u64,
}

impl OwnCopy {
    pub(crate) fn epoch(&self) -> u64 {
        self.register.map_or(0, |register| register.epoch)
    }

    /// Returns whether the fleet is open or half-open.
    pub(crate) fn is_open(&self) -> bool {
        self.register.is_some_and(|register| register.state != State::Closed)
    }

    /// Returns the number of failed recoveries in a row.
    pub(crate) fn failed(&self) -> u64 {
        self.register.map_or(0, |register| register.failed)
    }

    /// Returns whether an operator's force is in effect, or a mode is set.
    fn is_commanded(&self, now: u64) -> bool {
        let is_forced = self.forced_until.is_none_or(|until| until > now);
        self.record.as_ref().is_some_and(|record| {
            record.mode != SetMode::None || (record.force != Force::None && is_forced)
        })
    }

    /// Returns the register in the form that breakers take.
    pub(crate) fn shown(&self) -> Option<Change> {
        let Register { epoch, state, failed, .. } = self.register?;
        Some(match state {
            State::Closed => Change::Close { epoch, made_at: self.made_at },
            State::Open | State::HalfOpen => Change::Open { epoch, until: self.until, failed },
        })
    }

    /// Returns the force of the operator's record, if there is a record.
    pub(crate) fn force(&self) -> Option<Change> {
        let until = self.forced_until;
        Some(match self.record.as_ref()?.force {
            Force::None => Change::EndForce,
            Force::Open => Change::ForceOpen { until },
            Force::Closed => Change::ForceClosed { until },
        })
    }

    fn adopt(
        &mut self,
        register: Register,
        left: Duration,
        is_exact: bool,
        clock: &ServerClock,
        now: u64,
    ) -> Option<Adopted> {
        let until = now.saturating_add(nanos(left));
        let before = self.register.replace(register);
        self.is_exact = is_exact;
        let is_same = |it: Register| it.epoch == register.epoch && it.state == register.state;
        if before.is_some_and(is_same) {
            // Each reply arrives a little later than the state that it describes.
            self.until = self.until.min(until);
            return None;
        }
        self.until = until;
        self.made_at = clock.past(register.epoch, now);
        self.adopted_at = now;
        let was_open = before.is_some_and(|before| before.state != State::Closed);
        Some(match register.state {
            State::Closed => self.open_since.take().map_or(Adopted::Other, |since| {
                let open_for = Duration::from_nanos(now.saturating_sub(since));
                Adopted::Closed { open_for }
            }),
            State::HalfOpen if was_open => Adopted::Other,
            State::Open | State::HalfOpen => {
                self.open_since.get_or_insert(now);
                Adopted::Opened { left }
            }
        })
    }
}

impl Copies {
    pub(crate) fn get(&self, name: &str) -> Option<&OwnCopy> {
        self.by_name.get(name)
    }

    /// Returns the copy for a change. `None` if this process does not share the breaker and there
    /// are too many copies.
    fn entry(&mut self, name: &str, is_shared: bool) -> Option<&mut OwnCopy> {
        if !is_shared && self.by_name.len() >= BREAKERS && !self.by_name.contains_key(name) {
            return None;
        }
        Some(self.by_name.entry(name.to_owned()).or_default())
    }

    /// Adopts a register of a reply, unless a newer one is known. `longest` is the longest open
    /// phase of a breaker that this process shares.
    pub(crate) fn adopt(
        &mut self,
        name: &str,
        Standing { register, left }: Standing,
        longest: Option<Duration>,
        clock: &ServerClock,
        now: u64,
    ) -> Option<Adopted> {
        if !register.counts(clock.time(now)?) {
            return None;
        }
        let copy = self.entry(name, longest.is_some())?;
        // For the same epoch and state, the server's register is newer: its end may have been cut.
        let is_older = |held: Register| {
            let is_same = held.epoch == register.epoch && held.state == register.state;
            held > register && !is_same
        };
        if copy.register.is_some_and(is_older) {
            return None;
        }
        copy.adopt(register, left.min(longest.unwrap_or(LONGEST)), true, clock, now)
    }

    /// Adopts a register of a push, if its epoch is newer.
    pub(crate) fn adopt_push(
        &mut self,
        push: &Push,
        longest: Option<Duration>,
        clock: &ServerClock,
        now: u64,
    ) -> Option<Adopted> {
        let time = clock.time(now)?;
        let left = push.left.min(longest.unwrap_or(LONGEST));
        let until = time.saturating_add(u64::try_from(left.as_millis()).unwrap_or(0));
        let until = if push.state == State::Closed { 0 } else { until };
        let &Push { epoch, state, failed, .. } = push;
        let register = Register { epoch, state, until, failed, ok: 0 };
        if !register.counts(time) {
            return None;
        }
        let copy = self.entry(&push.name, longest.is_some())?;
        if copy.register.is_some_and(|held| held.epoch >= epoch) {
            return None;
        }
        copy.adopt(register, left, false, clock, now)
    }

    /// Adopts an operator's record, unless the copy is equal or newer. Returns whether it did.
    pub(crate) fn adopt_record(
        &mut self,
        name: &str,
        record: Record,
        is_shared: bool,
        clock: &ServerClock,
        now: u64,
    ) -> bool {
        if !clock.time(now).is_some_and(|time| record.counts(time)) {
            return false;
        }
        let Some(copy) = self.entry(name, is_shared) else { return false };
        if copy.record.as_ref().is_some_and(|held| *held >= record) {
            return false;
        }
        let left = nanos(clock.until(record.until, now));
        copy.forced_until = (record.until != 0).then(|| now.saturating_add(left));
        copy.record = Some(record);
        true
    }

    /// Drops outdated copies, as the server does. Returns the registers that were not closed.
    pub(crate) fn drop_old(&mut self, clock: &ServerClock, now: u64) -> Vec<Forgotten> {
        let Some(time) = clock.time(now) else { return Vec::new() };
        let mut forgotten = Vec::new();
        self.by_name.retain(|name, copy| {
            if let Some(old) = copy.register.take_if(|register| !register.counts(time)) {
                copy.open_since = None;
                if old.state != State::Closed {
                    forgotten.push(Forgotten { name: name.clone(), epoch: old.epoch });
                }
            }
            copy.record.take_if(|record| !record.counts(time));
            copy.register.is_some() || copy.record.is_some()
        });
        forgotten
    }

    /// Returns the breakers of the group that are not closed or that an operator has commanded.
    pub(crate) fn in_trouble(&self, now: u64) -> impl Iterator<Item = &String> {
        let is_in_trouble = move |copy: &OwnCopy| copy.is_open() || copy.is_commanded(now);
        self.by_name.iter().filter(move |(_, copy)| is_in_trouble(copy)).map(|(name, _)| name)
    }

    /// Returns the copy of one breaker, for a request about it.
    pub(crate) fn known(&self, name: &str, longest: Option<Duration>) -> Option<Known> {
        let copy = self.by_name.get(name)?;
        let register = copy.register.filter(|_| copy.is_exact);
        let record = copy.record.clone();
        (register.is_some() || record.is_some()).then(|| Known {
            breaker: name.to_owned(),
            longest: longest.unwrap_or(LONGEST),
            register,
            record,
        })
    }

    /// Returns copies for a beat.
    pub(crate) fn known_for_beat(
        &mut self,
        longest: impl Fn(&str) -> Option<Duration>,
    ) -> Vec<Known> {
        let from = self.sent_up_to.take().map_or(Bound::Unbounded, Bound::Excluded);
        let names: Vec<_> = self
            .by_name
            .range::<String, _>((from, Bound::Unbounded))
            .map(|(name, _)| name)
            .take(SENT)
            .collect();
        let known = names.iter().filter_map(|name| self.known(name, longest(name))).collect();
        self.sent_up_to = names.last().filter(|_| names.len() == SENT).copied().cloned();
        known
    }

    /// Returns the number of copies.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }
}
