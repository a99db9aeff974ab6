//! `command`: applies an operator's command.
//!
//! 1. The [start](super).
//! 2. If the entry's record has the id of the request, answer `repeated`.
//! 3. If there is no space for the entry, answer `full`.
//! 4. Let `epoch` be a new epoch. The record has it, and the id and the operator of the request.
//!    - `open`, `closed`: force as commanded. `until` is 0 if lasting is 0, else now + lasting. The
//!      mode is that of the old record, `-` without one.
//!    - `reset`: force `-`, `until` 0, the mode of the old record.
//!    - `mode`: the mode as commanded. Force and `until` are those of the old record, but `-` and 0
//!      without one or if its `until` is neither 0 nor after now.
//! 5. `HSET o breaker record`. For `reset`, with or without a register: it is closed with the same
//!    epoch, until 0, failed 0, ok 0, and change(register). Else: move(breaker, epoch).
//! 6. push(`command`, epoch). Answer `done`.

use super::run::{Entry, Run};
use crate::limits::add;
use crate::record::{Force, Record, SetMode};
use crate::register::Register;
use crate::wire::{CommandAnswer, Kind, Value};

pub(crate) fn run(mut run: Run<'_>) -> Value {
    run.start(9);
    let mut entry = run.entry(run.arg(3));
    let answer = answer(&mut run, &mut entry);
    run.reply(answer.as_str(), &entry, [entry.record_text()])
}

fn answer(run: &mut Run<'_>, entry: &mut Entry<'_>) -> CommandAnswer {
    if run.is_too_old() {
        return CommandAnswer::TooOld;
    }
    if entry.record.as_ref().is_some_and(|record| record.id == run.arg(7)) {
        return CommandAnswer::Repeated;
    }
    if !run.has_room(entry) {
        return CommandAnswer::Full;
    }
    let epoch = run.new_epoch(entry);
    let record = record(run, entry, epoch);
    run.store.hset(run.o(), entry.breaker, &record.to_bytes());
    entry.record = Some(record);
    if run.arg(4) == b"reset" {
        // Also without a register: it closes what instances have opened by their own evidence.
        run.change(entry, Register::closed(epoch));
    } else {
        run.place(entry.breaker, epoch);
    }
    run.push(Kind::Command, entry, epoch);
    CommandAnswer::Done
}

fn record(run: &Run<'_>, entry: &Entry<'_>, epoch: u64) -> Record {
    let now = run.now;
    let mode = entry.record.as_ref().map_or(SetMode::None, |old| old.mode);
    let lasting = |lasting| if lasting == 0 { 0 } else { add(now, lasting) };
    let (force, until, mode) = match run.arg(4) {
        b"open" => (Force::Open, lasting(run.number(5)), mode),
        b"closed" => (Force::Closed, lasting(run.number(5)), mode),
        b"mode" => {
            let forced = entry.record.as_ref().filter(|old| old.force(now) != Force::None);
            let (force, until) = forced.map_or((Force::None, 0), |old| (old.force, old.until));
            (force, until, SetMode::parse(run.arg(6)).unwrap_or(SetMode::None))
        }
        _ => (Force::None, 0, mode),
    };
    Record { epoch, force, until, mode, id: run.arg(7).to_vec(), by: run.arg(8).to_vec() }
}
