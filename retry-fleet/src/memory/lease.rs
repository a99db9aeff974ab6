//! `lease`: asks for a lease, or renews one.
//!
//! 1. The [start](super).
//! 2. Without a register, answer `none`. If it is closed, answer `closed`.
//! 3. For `renew`: if the register is not half-open or has another epoch than the request, answer
//!    `other-epoch`.
//! 4. If the register is open and now < `until`, answer `waiting`.
//! 5. If the register is open: it is half-open with a new epoch, `until` = now, the same failed, ok
//!    0. change(register). Nothing is published, since nobody has to act on it.
//! 6. Let `member` be `epoch|id` with the register's epoch. expire(`s`, LEASE). For each of
//!    `ZRANGEBYSCORE s -inf +inf LIMIT 0 LEASES`: if it begins with `epoch|`, it is taken, and if it
//!    is `member`, the lease is held. If it begins otherwise: `ZREM s`.
//! 7. Unless it is held: if `taken` is LEASES or more, or it is not `late` and `taken` is at least
//!    the number of places (at least 1), answer `refused` with `taken`.
//! 8. `ZADD s now+LEASE member`, `PEXPIRE s expiry::LEASES`. Answer `granted`, with `taken` plus 1
//!    unless it was held.
//!
//! A lease that has lapsed and is renewed is asked for anew, in its epoch. Replies have `taken` with
//! `granted` and `refused`, else 0.
