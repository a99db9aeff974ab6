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
