//! `look`: reads what operators are shown. It changes nothing, and has no [start](super).
//!
//! 1. For each of the first LOOKED breakers that is a name of the wire:
//!    1. Read the entry. Let `epoch` be that of its register, 0 without one.
//!    2. The voters: for each of `ZRANGEBYSCORE v (now +inf LIMIT 0 LOOKED_NAMES` that begins with
//!       `epoch|`, the rest, if it is a name of the wire.
//!    3. The instances that hold leases: the same of `s`, without `/sequence`, if there is one.
//! 2. Let `alive` be `ZCOUNT a (now +inf`, and `beats` be `BEATS_ALIVE` * beat(alive).
//! 3. For each of `ZRANGEBYSCORE a (now +inf WITHSCORES LIMIT 0 LOOKED_INSTANCES` that is a name of
//!    the wire: let `end` be the score, rounded up and at most now + ALIVE. The last beat was at
//!    `end` - `beats`, or now if that is later. `HGET i instance` is the view, empty if it has more
//!    than VIEW bytes.
//! 4. Reply with time, `alive`, the breakers and the instances.

use super::run::{Run, int};
use super::store::{Range, whole};
use crate::leases::member;
use crate::limits::{ALIVE, BEATS_ALIVE, LOOKED, LOOKED_INSTANCES, LOOKED_NAMES, VIEW, add, beat};
use crate::text;
use crate::wire::Value;

/// The number of the first breaker among the arguments, and of its first key.
const FIRST: (usize, usize) = (3, 8);

pub(crate) fn run(run: &Run<'_>) -> Value {
    let count = run.args.len().saturating_sub(FIRST.0 - 1).min(LOOKED);
    let named = (0..count).filter(|place| text::is_name(run.arg(FIRST.0 + place)));
    let breakers = named.map(|place| breaker(run, place)).collect();
    let alive = run.alive();
    let instances = instances(run, BEATS_ALIVE * beat(alive));
    Value::Array(vec![int(run.now), int(alive), Value::Array(breakers), Value::Array(instances)])
}

fn breaker(run: &Run<'_>, place: usize) -> Value {
    let entry = run.entry(run.arg(FIRST.0 + place));
    let [v, s] = [0, 1].map(|next| run.key(FIRST.1 + 2 * place + next));
    let voters = of_epoch(run, v, entry.epoch()).filter(|voter| text::is_name(voter));
    let voters = voters.map(Value::Text).collect();
    let probing = of_epoch(run, s, entry.epoch()).filter_map(|lease| holder(&lease));
    let probing = probing.map(Value::Text).collect();
    let [register, left] = entry.standing(run.now);
    Value::Array(vec![
        Value::Text(entry.breaker.to_vec()),
        register,
        left,
        entry.record_text(),
        Value::Array(voters),
        Value::Array(probing),
    ])
}

/// Returns the unexpired members of an epoch, without it.
fn of_epoch(run: &Run<'_>, key: &[u8], epoch: u64) -> impl Iterator<Item = Vec<u8>> {
    let found = run.store.zrangebyscore(key, Range::above(run.now), 0, LOOKED_NAMES);
    let prefix = member(epoch, b"");
    found.into_iter().filter_map(move |(member, _)| member.strip_prefix(&prefix[..]).map(Vec::from))
}

/// Returns the instance of a lease.
fn holder(lease: &[u8]) -> Option<Vec<u8>> {
    let slash = lease.iter().rposition(|byte| *byte == b'/')?;
    let (instance, sequence) = (&lease[..slash], &lease[slash + 1..]);
    let is_lease = !sequence.is_empty() && sequence.iter().all(u8::is_ascii_digit);
    (is_lease && text::is_name(instance)).then(|| instance.to_vec())
}

fn instances(run: &Run<'_>, beats: u64) -> Vec<Value> {
    let found = run.store.zrangebyscore(run.a(), Range::above(run.now), 0, LOOKED_INSTANCES);
    let found = found.into_iter().filter(|(instance, _)| text::is_name(instance));
    let instances = found.map(|(instance, score)| {
        let end = whole(score).min(add(run.now, ALIVE));
        let silent = run.now.saturating_sub(end.saturating_sub(beats));
        let view = run.store.hget(run.key(7), &instance).filter(|view| view.len() <= VIEW);
        let view = view.unwrap_or_default().to_vec();
        Value::Array(vec![Value::Text(instance), int(silent), Value::Text(view)])
    });
    instances.collect()
}
