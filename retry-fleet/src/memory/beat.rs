//! `beat`: shows that an instance is alive, and returns what has changed.
//!
//! 1. The [start](super).
//! 2. Unless the request is too old:
//!    1. **Age of the group.** `ZRANGEBYSCORE a -inf (0 WITHSCORES LIMIT 0 1`. If there is none:
//!       `DEL i`, `ZADD a -now |`. If its score is below -now, it began in the future:
//!       `ZREMRANGEBYSCORE a -inf (0`, `ZADD a -now |`.
//!    2. **The dead.** For each of `ZRANGEBYSCORE a 0 now LIMIT 0 CUT`: `ZREM a`, `HDEL i`.
//!    3. `ZREMRANGEBYSCORE a (now+ALIVE +inf`. A living instance returns with its next beat. They
//!       are not cut: that would keep any number of invented instances alive for a long time.
//!    4. If leaving: `ZREM a instance`, `HDEL i instance`, and for each `w`: `ZREM w voter`.
//!    5. Else: `ZREM a instance`. Let `alive` be `ZCOUNT a (now +inf` plus 1, `next` be
//!       [`limits::beat`](crate::limits::beat) of it, and `end` be now + `BEATS_ALIVE` * next.
//!       `ZADD a end instance`. If the view has at most VIEW bytes: `HSET i instance view`. For
//!       each `w`: `ZREMRANGEBYSCORE w -inf now`, `ZADD w end voter`, `PEXPIRE w expiry::ALIVE`.
//!    6. `PEXPIRE a expiry::ALIVE`, the same for `i`, `PEXPIRE r expiry::GROUP`, the same for `x`
//!       and `o`.
//!    7. **Pruning.** `n = ZCOUNT x -inf now-STALE`. If it is not 0, for each of
//!       `ZRANGEBYSCORE x -inf now-STALE LIMIT now%n PRUNED`: read the entry. Without a register:
//!       `HDEL r`. Without a record: `HDEL o`. Without both: `ZREM x`. The place depends on the
//!       time, so entries that must stay never shield others.
//! 3. Let `alive` be `ZCOUNT a (now +inf`, and `next` be `beat(alive)`.
//! 4. If `ZCOUNT x mark +inf` is 0, Redis has lost something: the mark is 0 from here on.
//! 5. `ZRANGEBYSCORE x (mark +inf WITHSCORES LIMIT 0 CHANGED`. If there are any, the mark is the
//!    score of the last one, rounded up. For each that is a name of the wire: read the entry. The
//!    reply has it, also without a register and a record: a page that is not full is the last one.
//! 6. Reply with time, `alive`, `next`, mark, too old, and these.

use super::run::{Run, int};
use super::store::{Range, whole};
use crate::limits::{
    ALIVE, BEATS_ALIVE, CHANGED, CUT, PRUNED, STALE, VIEW, add, beat as beat_after, expiry,
};
use crate::text;
use crate::wire::Value;

/// The member of `:a` whose score tells when the group began. No name of the wire has this byte.
const BEGAN: &[u8] = b"|";

pub(crate) fn run(mut run: Run<'_>) -> Value {
    run.start(7);
    if !run.is_too_old() {
        begin_group(&mut run);
        bury_dead(&mut run);
        run.store.zremrangebyscore(run.a(), Range::above(add(run.now, ALIVE)));
        if run.arg(6) == b"1" {
            leave(&mut run);
        } else {
            stay(&mut run);
        }
        prolong(&mut run);
        prune(&mut run);
    }
    let alive = run.alive();
    let (mark, changed) = changed(&run);
    Value::Array(vec![
        int(run.now),
        int(alive),
        int(beat_after(alive)),
        int(mark),
        int(run.is_too_old().into()),
        Value::Array(changed),
    ])
}

fn begin_group(run: &mut Run<'_>) {
    let (a, i) = (run.a(), run.key(7));
    match run.began() {
        None => run.store.del(i),
        Some(began) if began > run.now => run.store.zremrangebyscore(a, Range::NEGATIVE),
        Some(_) => return,
    }
    run.store.zadd_negative(a, run.now, BEGAN);
}

fn bury_dead(run: &mut Run<'_>) {
    let dead = run.store.zrangebyscore(run.a(), Range::from_zero_to(run.now), 0, CUT);
    for (instance, _) in dead {
        run.store.zrem(run.a(), &instance);
        run.store.hdel(run.key(7), &instance);
    }
}

fn leave(run: &mut Run<'_>) {
    let (instance, voter) = (run.arg(3), run.arg(4));
    run.store.zrem(run.a(), instance);
    run.store.hdel(run.key(7), instance);
    for shared in run.keys.iter().skip(7) {
        run.store.zrem(shared, voter);
    }
}

fn stay(run: &mut Run<'_>) {
    let (instance, voter, view) = (run.arg(3), run.arg(4), run.arg(5));
    run.store.zrem(run.a(), instance);
    let end = add(run.now, BEATS_ALIVE * beat_after(run.alive() + 1));
    run.store.zadd(run.a(), end, instance);
    if view.len() <= VIEW {
        run.store.hset(run.key(7), instance, view);
    }
    for shared in run.keys.iter().skip(7) {
        run.store.zremrangebyscore(shared, Range::up_to(run.now));
        run.store.zadd(shared, end, voter);
        run.store.pexpire(shared, add(run.now, expiry::ALIVE));
    }
}

fn prolong(run: &mut Run<'_>) {
    for key in [run.a(), run.key(7)] {
        run.store.pexpire(key, add(run.now, expiry::ALIVE));
    }
    for key in [run.r(), run.x(), run.o()] {
        run.store.pexpire(key, add(run.now, expiry::GROUP));
    }
}

/// Removes some of the registers and records that no longer count.
fn prune(run: &mut Run<'_>) {
    let old = Range::up_to(run.now.saturating_sub(STALE));
    let Some(place) = run.now.checked_rem(run.store.zcount(run.x(), old)) else { return };
    let place = usize::try_from(place).unwrap_or(0);
    for (breaker, _) in run.store.zrangebyscore(run.x(), old, place, PRUNED) {
        let entry = run.entry(&breaker);
        let (no_register, no_record) = (entry.register.is_none(), entry.record.is_none());
        if no_register {
            run.store.hdel(run.r(), &breaker);
        }
        if no_record {
            run.store.hdel(run.o(), &breaker);
        }
        if no_register && no_record {
            run.store.zrem(run.x(), &breaker);
        }
    }
}

/// Returns the new mark, and what has changed after the old one.
fn changed(run: &Run<'_>) -> (u64, Vec<Value>) {
    let mut mark = run.mark();
    if run.store.zcount(run.x(), Range::at_least(mark)) == 0 {
        mark = 0;
    }
    let page = run.store.zrangebyscore(run.x(), Range::above(mark), 0, CHANGED);
    if let Some((_, score)) = page.last() {
        mark = whole(*score);
    }
    let names = page.iter().map(|(breaker, _)| breaker).filter(|breaker| text::is_name(breaker));
    let entries = names.map(|breaker| run.entry(breaker));
    let values = entries.map(|entry| {
        let [register, left] = entry.standing(run.now);
        let breaker = Value::Text(entry.breaker.to_vec());
        Value::Array(vec![breaker, register, left, entry.record_text()])
    });
    (mark, values.collect())
}
