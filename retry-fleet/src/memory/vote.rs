//! `vote`: casts or withdraws a vote to open a breaker.
//!
//! 1. The [start](super). Let `current` be the epoch of the entry's register, 0 without one.
//! 2. To withdraw: `ZREM v current|voter`. Answer `withdrawn`.
//! 3. If the register is not closed, answer `open`.
//! 4. If there is a register and the vote has another epoch than `current`, answer `other-epoch`.
//!    (Without a register the vote is of epoch 0, whatever it says: the voter may know a register
//!    that has just become outdated.)
//! 5. If there is no space for the entry, answer `full`.
//! 6. `alive = ZCOUNT a (now +inf`. Let `beats` be `BEATS_ALIVE` * beat(alive).
//! 7. expire(`w`, ALIVE). `ZADD w now+beats voter`, `PEXPIRE w expiry::ALIVE`, `sharers = ZCARD w`.
//! 8. expire(`v`, VOTE). `ZADD v now+min(window, VOTE) current|voter`, `PEXPIRE v expiry::VOTES`.
//! 9. For each of `ZRANGEBYSCORE v -inf +inf LIMIT 0 VOTES`: if it begins with `current|`, it is a
//!    vote. If not: `ZREM v`. `votes` is the number of votes.
//! 10. `ZRANGEBYSCORE a -inf (0 WITHSCORES LIMIT 0 1`. If there is one, minus its score, rounded
//!     up, is when the group began. If now - began is at least `beats` and `sharers` is 1, one vote
//!     is needed. Else as many as the quorum, at least 1.
//! 11. If `votes` is less than that, answer `counted`.
//! 12. Let the register be open with a new epoch, `until` = now + min(open phase, longest), failed
//!     0, ok 0. change(register), push(`opened`, epoch). Answer `opened`.
//!
//! Replies have `votes`, `sharers` and `alive` with `counted` and `opened`, else 0.

use super::run::{Entry, Run, int};
use crate::leases::{by_epoch, member};
use crate::limits::{ALIVE, BEATS_ALIVE, VOTE, VOTES, add, beat, expiry};
use crate::register::{Register, State};
use crate::votes::needed;
use crate::wire::{Kind, Value, VoteAnswer};

/// The number of votes and of their voters.
#[derive(Clone, Copy, Default)]
struct Count {
    votes: u64,
    sharers: u64,
    alive: u64,
}

pub(crate) fn run(mut run: Run<'_>) -> Value {
    run.start(11);
    let mut entry = run.entry(run.arg(3));
    let (answer, count) = answer(&mut run, &mut entry);
    let more = [int(count.votes), int(count.sharers), int(count.alive)];
    run.reply(answer.as_str(), &entry, more)
}

fn answer(run: &mut Run<'_>, entry: &mut Entry<'_>) -> (VoteAnswer, Count) {
    if run.is_too_old() {
        return (VoteAnswer::TooOld, Count::default());
    }
    run.cut_entry(entry, run.number(10));
    if run.arg(5) == b"withdraw" {
        run.store.zrem(run.key(7), &member(entry.epoch(), run.arg(4)));
        return (VoteAnswer::Withdrawn, Count::default());
    }
    if entry.register.is_some_and(|register| register.state != State::Closed) {
        return (VoteAnswer::Open, Count::default());
    }
    if entry.register.is_some_and(|register| register.epoch != run.number(6)) {
        return (VoteAnswer::OtherEpoch, Count::default());
    }
    if !run.has_room(entry) {
        return (VoteAnswer::Full, Count::default());
    }
    let (count, needed) = cast(run, entry.epoch());
    if count.votes < needed {
        return (VoteAnswer::Counted, count);
    }
    let until = add(run.now, run.number(9).min(run.number(10)));
    let epoch = run.new_epoch(entry);
    run.change(entry, Register { epoch, state: State::Open, until, failed: 0, ok: 0 });
    run.push(Kind::Opened, entry, epoch);
    (VoteAnswer::Opened, count)
}

/// Casts the vote. Returns the count and the number of votes that are needed.
fn cast(run: &mut Run<'_>, epoch: u64) -> (Count, u64) {
    let (v, w, voter) = (run.key(7), run.key(9), run.arg(4));
    let alive = run.alive();
    let beats = BEATS_ALIVE * beat(alive);

    run.expire(w, ALIVE);
    run.store.zadd(w, add(run.now, beats), voter);
    run.store.pexpire(w, add(run.now, expiry::ALIVE));
    let sharers = run.store.zcard(w) as u64;

    run.expire(v, VOTE);
    run.store.zadd(v, add(run.now, run.number(7).min(VOTE)), &member(epoch, voter));
    run.store.pexpire(v, add(run.now, expiry::VOTES));
    let members = run.members(v, VOTES as usize);
    let (of_epoch, void) = by_epoch(&members, epoch);
    for member in void {
        run.store.zrem(v, member);
    }

    let age = run.began().map(|began| run.now.saturating_sub(began));
    let needed = needed(run.number(8), sharers, age, beats);
    (Count { votes: of_epoch.len() as u64, sharers, alive }, needed)
}
