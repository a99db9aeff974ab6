//! The shared steps of scripts, as the [module above](super) describes them.

use super::store::{Range, Store, whole};
use crate::limits::{AHEAD, BREAKERS, CUT, MOST, PUSH_SPAN, PUSHES, TOO_OLD, add, expiry};
use crate::record::Record;
use crate::register::{Register, State};
use crate::text;
use crate::wire::{Kind, Push, Value};

/// One run of a script.
pub(crate) struct Run<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) keys: &'a [Vec<u8>],
    pub(crate) args: &'a [Vec<u8>],
    pub(crate) now: u64,
}

/// The stored state of one breaker.
pub(crate) struct Entry<'a> {
    pub(crate) breaker: &'a [u8],
    pub(crate) register: Option<Register>,
    pub(crate) record: Option<Record>,
    is_known: bool,
}

impl Entry<'_> {
    /// Returns the register's epoch, 0 without one.
    pub(crate) fn epoch(&self) -> u64 {
        self.register.map_or(0, |register| register.epoch)
    }

    /// Returns the register and `left` for a reply.
    pub(crate) fn standing(&self, now: u64) -> [Value; 2] {
        let left = self.register.map_or(0, |register| register.left(now));
        [self.register.map_or(Value::Text(Vec::new()), |it| text(&it.to_string())), int(left)]
    }

    /// Returns the record for a reply.
    pub(crate) fn record_text(&self) -> Value {
        Value::Text(self.record.as_ref().map(Record::to_bytes).unwrap_or_default())
    }
}

impl<'a> Run<'a> {
    /// Returns a key, counted from 1.
    pub(crate) fn key(&self, number: usize) -> &'a [u8] {
        self.keys.get(number - 1).map_or(&[], Vec::as_slice)
    }

    /// Returns an argument, counted from 1.
    pub(crate) fn arg(&self, number: usize) -> &'a [u8] {
        self.args.get(number - 1).map_or(&[], Vec::as_slice)
    }

    /// Returns an argument as a number.
    pub(crate) fn number(&self, number: usize) -> u64 {
        text::number(self.arg(number)).unwrap_or(0)
    }

    pub(crate) fn r(&self) -> &'a [u8] {
        self.key(1)
    }

    pub(crate) fn x(&self) -> &'a [u8] {
        self.key(2)
    }

    pub(crate) fn o(&self) -> &'a [u8] {
        self.key(3)
    }

    pub(crate) fn a(&self) -> &'a [u8] {
        self.key(6)
    }

    /// Returns the caller's mark, or 0 if it is too far ahead.
    pub(crate) fn mark(&self) -> u64 {
        let mark = self.number(2);
        if mark > self.now.saturating_add(AHEAD) { 0 } else { mark }
    }

    pub(crate) fn is_too_old(&self) -> bool {
        let sent = self.number(1);
        sent > 0 && sent < self.now.saturating_sub(TOO_OLD)
    }

    /// Drops positions that are too far ahead, and restores the caller's copies. The first `Known`
    /// begins at this argument.
    pub(crate) fn start(&mut self, known: usize) {
        let ahead = Range::above(self.now.saturating_add(AHEAD));
        self.store.zremrangebyscore(self.x(), ahead);
        let known = self.args.get(known - 1..).unwrap_or(&[]);
        for fields in known.chunks_exact(4) {
            if let [breaker, longest, register, record] = fields {
                self.merge(breaker, text::number(longest).unwrap_or(0), register, record);
            }
        }
    }

    fn merge(&mut self, breaker: &[u8], longest: u64, register: &[u8], record: &[u8]) {
        let register = Register::parse(register).filter(|register| register.counts(self.now));
        let record = Record::parse(record).filter(|record| record.counts(self.now));
        let epochs = [register.map(|it| it.epoch), record.as_ref().map(|it| it.epoch)];
        let Some(epoch) = epochs.into_iter().flatten().max() else { return };
        if !text::is_name(breaker) {
            return;
        }
        let entry = self.entry(breaker);
        if !self.has_room(&entry) {
            return;
        }
        let register = register.filter(|register| self.wins(*register, entry.register, longest));
        if let Some(register) = register {
            self.write(breaker, self.cut_until(register, longest));
        }
        let record = record.filter(|record| Some(record) > entry.record.as_ref());
        if let Some(record) = &record {
            self.store.hset(self.o(), breaker, &record.to_bytes());
        }
        let is_changed = register.is_some() || record.is_some();
        if is_changed || self.store.zadd_new(self.x(), epoch, breaker) {
            self.place(breaker, epoch);
        }
    }

    /// Returns whether a caller's register replaces the stored one. A cut register does not replace
    /// one of the same epoch: otherwise every command would move the end.
    fn wins(&self, given: Register, stored: Option<Register>, longest: u64) -> bool {
        let cut = self.cut_until(given, longest);
        let Some(stored) = stored else { return true };
        cut > stored && (cut == given || given.epoch != stored.epoch)
    }

    /// Returns the register with its end at most the longest open phase ahead.
    fn cut_until(&self, mut register: Register, longest: u64) -> Register {
        if register.state != State::Closed {
            register.until = register.until.min(add(self.now, longest));
        }
        register
    }

    /// Cuts the end of the entry's register, also in the store.
    pub(crate) fn cut_entry(&mut self, entry: &mut Entry<'_>, longest: u64) {
        let Some(register) = entry.register else { return };
        let cut = self.cut_until(register, longest);
        if cut != register {
            self.write(entry.breaker, cut);
            entry.register = Some(cut);
        }
    }

    pub(crate) fn entry<'b>(&self, breaker: &'b [u8]) -> Entry<'b> {
        let register = self.store.hget(self.r(), breaker);
        let record = self.store.hget(self.o(), breaker);
        Entry {
            breaker,
            is_known: register.is_some() || record.is_some(),
            register: register.and_then(Register::parse).filter(|it| it.counts(self.now)),
            record: record.and_then(Record::parse).filter(|it| it.counts(self.now)),
        }
    }

    pub(crate) fn has_room(&self, entry: &Entry<'_>) -> bool {
        entry.is_known || self.store.zcard(self.x()) < BREAKERS
    }

    /// Returns the highest position.
    fn highest(&self) -> u64 {
        let Some(last) = self.store.zcard(self.x()).checked_sub(1) else { return 0 };
        let highest = self.store.zrangebyscore(self.x(), Range::ALL, last, 1);
        highest.first().map_or(0, |(_, score)| whole(*score))
    }

    /// Moves the breaker to a position after all others.
    pub(crate) fn place(&mut self, breaker: &[u8], epoch: u64) {
        let position = epoch.max(self.now).max(add(self.highest(), 1));
        self.store.zadd(self.x(), position, breaker);
    }

    /// Returns an epoch greater than all others.
    pub(crate) fn new_epoch(&self, entry: &Entry<'_>) -> u64 {
        let record = entry.record.as_ref().map_or(0, |record| record.epoch);
        let before = [self.highest(), self.mark(), entry.epoch(), record];
        before.into_iter().fold(self.now, |epoch, before| epoch.max(add(before, 1)))
    }

    pub(crate) fn write(&mut self, breaker: &[u8], register: Register) {
        self.store.hset(self.r(), breaker, register.to_string().as_bytes());
    }

    /// Changes the state of the script's breaker. Its votes and leases end with the old state.
    pub(crate) fn change(&mut self, entry: &mut Entry<'_>, register: Register) {
        self.write(entry.breaker, register);
        self.store.del(self.key(7));
        self.store.del(self.key(8));
        self.place(entry.breaker, register.epoch);
        entry.register = Some(register);
    }

    /// Publishes a push, unless the group has published too many in this second.
    pub(crate) fn push(&mut self, kind: Kind, entry: &Entry<'_>, epoch: u64) {
        let (q, channel) = (self.key(4), self.key(5));
        self.store.zremrangebyscore(q, Range::up_to(self.now.saturating_sub(PUSH_SPAN)));
        self.store.zremrangebyscore(q, Range::above(self.now));
        if self.store.zcard(q) >= PUSHES {
            return;
        }
        let register = entry.register.unwrap_or(Register::closed(0));
        let text = Push::text(kind, entry.breaker, epoch, &register, self.now);
        self.store.zadd(q, self.now, &text);
        self.store.pexpire(q, add(self.now, expiry::PUSHES));
        self.store.publish(channel, &text);
    }

    /// Removes expired members of a sorted set, and cuts the others.
    pub(crate) fn expire(&mut self, key: &[u8], span: u64) {
        self.store.zremrangebyscore(key, Range::up_to(self.now));
        self.cut(key, span);
    }

    /// Cuts scores that are further ahead than `span`.
    pub(crate) fn cut(&mut self, key: &[u8], span: u64) {
        let end = add(self.now, span);
        for (member, _) in self.store.zrangebyscore(key, Range::above(end), 0, CUT) {
            self.store.zadd(key, end, &member);
        }
    }

    /// Returns the members of a sorted set, without their scores.
    pub(crate) fn members(&self, key: &[u8], limit: usize) -> Vec<Vec<u8>> {
        let found = self.store.zrangebyscore(key, Range::ALL, 0, limit);
        found.into_iter().map(|(member, _)| member).collect()
    }

    /// Returns the number of instances that are alive.
    pub(crate) fn alive(&self) -> u64 {
        self.store.zcount(self.a(), Range::above(self.now))
    }

    /// Returns the time at which the group began, if `:a` has it.
    pub(crate) fn began(&self) -> Option<u64> {
        let began = self.store.zrangebyscore(self.a(), Range::NEGATIVE, 0, 1);
        began.first().map(|(_, score)| whole(-*score))
    }

    /// Returns a reply of a script that serves one breaker.
    pub(crate) fn reply<const N: usize>(
        &self,
        answer: &str,
        entry: &Entry<'_>,
        more: [Value; N],
    ) -> Value {
        let start = [int(self.now), text(answer)].into_iter();
        Value::Array(start.chain(entry.standing(self.now)).chain(more).collect())
    }
}

/// Returns a number for a reply.
pub(crate) fn int(number: u64) -> Value {
    Value::Int(number.min(MOST).try_into().unwrap_or(i64::MAX))
}

/// Returns a text for a reply.
pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.as_bytes().to_vec())
}
