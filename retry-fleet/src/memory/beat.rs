//! `beat`: shows that an instance is alive, and returns what has changed.
//!
//! 1. The [start](super).
//! 2. Unless the request is too old:
//!    1. **Age of the group.** `ZRANGEBYSCORE a -inf (0 WITHSCORES LIMIT 0 1`. If there is none:
//!       `DEL i`, `ZADD a -now |`. If its score is below -now, it began in the future:
//!       `ZREMRANGEBYSCORE a -inf (0`, `ZADD a -now |`.
//!    2. **The dead.** For each of `ZRANGEBYSCORE a 0 now LIMIT 0 CUT`: `ZREM a`, `HDEL i`.
//!    3. cut(`a`, ALIVE).
//!    4. If leaving: `ZREM a instance`, `HDEL i instance`, and for each `w`: `ZREM w voter`.
//!    5. Else: `ZREM a instance`. Let `alive` be `ZCOUNT a (now +inf` plus 1, `next` be
//!       [`limits::beat`](crate::limits::beat) of it, and `end` be now + BEATS_ALIVE * next.
//!       `ZADD a end instance`. If the view has at most VIEW bytes: `HSET i instance view`. For each
//!       `w`: `ZREMRANGEBYSCORE w -inf now`, `ZADD w end voter`, `PEXPIRE w expiry::ALIVE`.
//!    6. `PEXPIRE a expiry::ALIVE`, the same for `i`, `PEXPIRE r expiry::GROUP`, the same for `x`
//!       and `o`.
//!    7. **Pruning.** `n = ZCOUNT x -inf now-STALE`. If it is not 0, for each of
//!       `ZRANGEBYSCORE x -inf now-STALE LIMIT now%n PRUNED`: read the entry. Without a register:
//!       `HDEL r`. Without a record: `HDEL o`. Without both: `ZREM x`. The place depends on the time,
//!       so that entries which must stay never shield others.
//! 3. Let `alive` be `ZCOUNT a (now +inf`, and `next` be `beat(alive)`.
//! 4. If `ZCOUNT x mark +inf` is 0, Redis has lost something: the mark is 0 from here on.
//! 5. `ZRANGEBYSCORE x (mark +inf WITHSCORES LIMIT 0 CHANGED`. If there are any, the mark is the
//!    score of the last one, rounded up. For each that is a name of the wire: read the entry. If its
//!    register or record is there, the reply has it.
//! 6. Reply with time, `alive`, `next`, mark, too old, and these.
