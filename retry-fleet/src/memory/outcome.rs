//! `outcome`: reports how a probe ended, and gives its lease back.
//!
//! 1. The [start](super).
//! 2. `ZREMRANGEBYSCORE s -inf now`. The lease is held if `ZREM s epoch|id`, with the epoch of the
//!    request, gives 1.
//! 3. Without a register, or if it is not half-open or has another epoch than the request, answer
//!    `void`.
//! 4. For a failure, held or not: the register is open with a new epoch, `until` =
//!    now + min(next open phase, longest), failed plus 1, ok 0. change(register),
//!    push(`reopened`, epoch). Answer `reopened`.
//! 5. If the lease is not held, answer `void`.
//! 6. For `neutral`, answer `freed`.
//! 7. Let ok be one more. If it is less than the success threshold: the register has this ok, and
//!    `until` = max(until, now). `HSET r breaker register`, move(breaker, epoch). Answer `counted`.
//! 8. The register is closed with a new epoch, until 0, failed 0, ok 0. change(register),
//!    push(`closed`, epoch). Answer `closed`.

use super::run::{Entry, Run};
use super::store::Range;
use crate::leases::member;
use crate::limits::add;
use crate::register::{Register, State};
use crate::wire::{Kind, OutcomeAnswer, Value};

pub(crate) fn run(mut run: Run<'_>) -> Value {
    run.start(10);
    let mut entry = run.entry(run.arg(3));
    let answer = answer(&mut run, &mut entry);
    run.reply(answer.as_str(), &entry, [])
}

fn answer(run: &mut Run<'_>, entry: &mut Entry<'_>) -> OutcomeAnswer {
    if run.is_too_old() {
        return OutcomeAnswer::TooOld;
    }
    run.cut_entry(entry, run.number(9));
    let (leases, lease_epoch) = (run.key(8), run.number(5));
    run.store.zremrangebyscore(leases, Range::up_to(run.now));
    let is_held = run.store.zrem(leases, &member(lease_epoch, run.arg(4)));

    let is_current = |it: &Register| it.state == State::HalfOpen && it.epoch == lease_epoch;
    let Some(register) = entry.register.filter(is_current) else { return OutcomeAnswer::Void };
    match run.arg(6) {
        b"failure" => reopen(run, entry, register),
        _ if !is_held => OutcomeAnswer::Void,
        b"success" => succeed(run, entry, register),
        _ => OutcomeAnswer::Freed,
    }
}

fn reopen(run: &mut Run<'_>, entry: &mut Entry<'_>, register: Register) -> OutcomeAnswer {
    let until = add(run.now, run.number(8).min(run.number(9)));
    let (epoch, failed) = (run.new_epoch(entry), add(register.failed, 1));
    run.change(entry, Register { epoch, state: State::Open, until, failed, ok: 0 });
    run.push(Kind::Reopened, entry, epoch);
    OutcomeAnswer::Reopened
}

fn succeed(run: &mut Run<'_>, entry: &mut Entry<'_>, register: Register) -> OutcomeAnswer {
    let (ok, until) = (add(register.ok, 1), register.until.max(run.now));
    if ok < run.number(7) {
        let register = Register { until, ok, ..register };
        run.write(entry.breaker, register);
        run.place(entry.breaker, register.epoch);
        entry.register = Some(register);
        return OutcomeAnswer::Counted;
    }
    let epoch = run.new_epoch(entry);
    run.change(entry, Register::closed(epoch));
    run.push(Kind::Closed, entry, epoch);
    OutcomeAnswer::Closed
}
