//! `vote`: casts or withdraws a vote to open a breaker.
//!
//! 1. The [start](super). Let `current` be the epoch of the entry's register, 0 without one.
//! 2. To withdraw: `ZREM v current|voter`. Answer `withdrawn`.
//! 3. If the register is not closed, answer `open`.
//! 4. If there is a register and the vote has another epoch than `current`, answer `other-epoch`.
//!    (Without a register the vote is of epoch 0, whatever it says: the voter may know a register
//!    that has just become too old.)
//! 5. If there is no room for the entry, answer `full`.
//! 6. `alive = ZCOUNT a (now +inf`. Let `beats` be BEATS_ALIVE * beat(alive).
//! 7. expire(`w`, ALIVE). `ZADD w now+beats voter`, `PEXPIRE w expiry::ALIVE`, `voters = ZCARD w`.
//! 8. expire(`v`, VOTE). `ZADD v now+min(window, VOTE) current|voter`, `PEXPIRE v expiry::VOTES`.
//! 9. For each of `ZRANGEBYSCORE v -inf +inf LIMIT 0 VOTES`: if it begins with `current|`, it is a
//!    vote. If not: `ZREM v`. `votes` is the number of votes.
//! 10. `ZRANGEBYSCORE a -inf (0 WITHSCORES LIMIT 0 1`. If there is one, minus its score, rounded up,
//!     is when the group began. If the group began at least `beats` ago (now - began >= beats) and
//!     `voters` is 1, one vote is needed. Else as many as the quorum, at least 1.
//! 11. If `votes` is less than that, answer `counted`.
//! 12. Let the register be open with a new epoch, `until` = now + min(open phase, longest), failed
//!     0, ok 0. change(register), push(`opened`, epoch). Answer `opened`.
//!
//! Replies have `votes`, `voters` and `alive` with `counted` and `opened`, else 0.
