//! `lease`: asks for a lease, or renews one.
//!
//! 1. The [start](super).
//! 2. Without a register, answer `none`. If it is closed, answer `closed`.
//! 3. For `renew`: if the register is not half-open or has another epoch than the request, answer
//!    `other-epoch`.
//! 4. If the register is open and now < `until`, answer `waiting`.
//! 5. If the register is open: it is half-open with a new epoch, `until` = now, the same failed, ok
//!    0. change(register). Nothing is published, because no instance has to act on it.
//! 6. Let `member` be `epoch|id` with the register's epoch. expire(`s`, LEASE). For each of
//!    `ZRANGEBYSCORE s -inf +inf LIMIT 0 LEASES`: if it begins with `epoch|`, it is taken, and if
//!    it is `member`, the lease is held. If it begins otherwise: `ZREM s`.
//! 7. Unless it is held: if `taken` is LEASES or more, or it is not `late` and `taken` is at least
//!    the number of places (at least 1), answer `refused` with `taken`.
//! 8. `ZADD s now+LEASE member`, `PEXPIRE s expiry::LEASES`. Answer `granted`, with `taken` plus 1
//!    unless it was held.
//!
//! A lease that has lapsed and is renewed is asked for anew, in its epoch. Replies have `taken`
//! with `granted` and `refused`, else 0.

use super::run::{Entry, Run, int};
use crate::leases::{Counted, member};
use crate::limits::{LEASE, LEASES, add, expiry};
use crate::register::{Register, State};
use crate::wire::{LeaseAnswer, Value};

pub(crate) fn run(mut run: Run<'_>) -> Value {
    run.start(9);
    let mut entry = run.entry(run.arg(3));
    let (answer, taken) = answer(&mut run, &mut entry);
    run.reply(answer.as_str(), &entry, [int(taken as u64)])
}

fn answer(run: &mut Run<'_>, entry: &mut Entry<'_>) -> (LeaseAnswer, usize) {
    if run.is_too_old() {
        return (LeaseAnswer::TooOld, 0);
    }
    run.cut_entry(entry, run.number(8));
    let Some(register) = entry.register else { return (LeaseAnswer::None, 0) };
    if register.state == State::Closed {
        return (LeaseAnswer::Closed, 0);
    }
    let is_of_epoch = register.state == State::HalfOpen && register.epoch == run.number(6);
    if run.arg(5) == b"renew" && !is_of_epoch {
        return (LeaseAnswer::OtherEpoch, 0);
    }
    if register.left(run.now) > 0 {
        return (LeaseAnswer::Waiting, 0);
    }
    if register.state == State::Open {
        let epoch = run.new_epoch(entry);
        let (state, until) = (State::HalfOpen, run.now);
        run.change(entry, Register { epoch, state, until, failed: register.failed, ok: 0 });
    }
    grant(run, entry.epoch())
}

fn grant(run: &mut Run<'_>, epoch: u64) -> (LeaseAnswer, usize) {
    let leases = run.key(8);
    let own = member(epoch, run.arg(4));
    run.expire(leases, LEASE);
    let members = run.members(leases, LEASES);
    let Counted { taken, is_held, void } = Counted::new(&members, epoch, &own);
    for member in void {
        run.store.zrem(leases, member);
    }
    let places = usize::try_from(run.number(7)).unwrap_or(LEASES).max(1);
    let is_late = run.arg(5) == b"late";
    if !is_held && (taken >= LEASES || (taken >= places && !is_late)) {
        return (LeaseAnswer::Refused, taken);
    }
    run.store.zadd(leases, add(run.now, LEASE), &own);
    run.store.pexpire(leases, add(run.now, expiry::LEASES));
    (LeaseAnswer::Granted, if is_held { taken } else { taken + 1 })
}
