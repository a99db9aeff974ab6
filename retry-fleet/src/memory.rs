//! The scripts in Rust, over a store that behaves as Redis does.
//!
//! This is the server of tests and of `Fleet::in_memory()`, and the description of the scripts: the
//! Lua scripts take the same steps in the same order and give equal replies. Each module describes
//! its script. The steps that scripts share are below. `r`, `x`, `o`, `q`, `ch`, `a`, `i`, `v`, `s`
//! and `w` are the [keys](crate::wire), capitals are [limits](crate::limits), and `now` is the
//! time. Numbers never exceed MOST: a sum that would is MOST.
//!
//! # Position
//!
//! The score of a breaker in `x` is its *position*: the epoch of its last change, or if that is
//! more the time of that change, or the highest position plus one. So every position is higher than
//! all before, also than those that were lost, and none is shared. A beat that asks for what is
//! after its mark misses nothing: not the 65th of equal epochs, nor an old register that was
//! restored late.
//!
//! - **highest**: `n = ZCARD x`. If 0, it is 0. Else the score of
//!   `ZRANGEBYSCORE x -inf +inf WITHSCORES LIMIT n-1 1`, rounded up, at least 0.
//! - **move**(breaker, epoch): `ZADD x max(epoch, now, highest + 1) breaker`.
//! - **new epoch**: the greatest of highest + 1, mark + 1, `now`, and one more than the epochs of
//!   the entry's register and record. The last two matter only if `x` alone was lost.
//!
//! # Entry
//!
//! **entry**(breaker): `HGET r breaker`, `HGET o breaker`. It is *known* if either is there. Its
//! register is absent unless it parses and [counts](crate::register::Register::counts) now. The
//! same holds for its [record](crate::record::Record::counts).
//!
//! There is **space** for an entry if it is known or `ZCARD x` < BREAKERS.
//!
//! # Start of every script but `look`
//!
//! 1. `ZREMRANGEBYSCORE x (now+AHEAD +inf`.
//! 2. A mark above now + AHEAD is 0.
//! 3. For each [`Known`](crate::wire::Known), in order:
//!    1. Skip it if its breaker is no name of the wire. Read its register and record by the rules
//!       of entries. Skip it if both are absent.
//!    2. Read the entry. Skip the `Known` if there is no space for it.
//!    3. The register is *cut* if it is not closed and its `until` is above now + longest: then
//!       `until` is now + longest.
//!    4. It wins if the entry has no register or a lower one. But a cut one does not win over a
//!       register of the same epoch, else it would move the end with every command.
//!       If it wins: `HSET r breaker register`.
//!    5. The record wins if the entry has no record or a lower one: `HSET o breaker record`.
//!    6. Let `epoch` be the greatest epoch of the `Known`'s register and record. If either won:
//!       move(breaker, epoch). Else, if `ZADD x NX epoch breaker` gives 1, `x` had lost it:
//!       move(breaker, epoch).
//! 4. The request is *too old* if sent > 0 and sent < now - `TOO_OLD`.
//! 5. All scripts but `beat`: read the entry of the script's breaker. If the request is too old,
//!    reply `too-old` with the entry and other numbers 0. Else, if the entry's register is not
//!    closed and its `until` is above now + longest: `until` is now + longest from here on, and
//!    `HSET r breaker register`. (`command` has no longest and does not cut.)
//!
//! # Other shared steps
//!
//! - **expire**(zset, span): `ZREMRANGEBYSCORE zset -inf now`, then **cut**.
//! - **cut**(zset, span): for each of `ZRANGEBYSCORE zset (now+span +inf LIMIT 0 CUT`:
//!   `ZADD zset now+span member`.
//! - **change**(breaker, register): `HSET r breaker register`, `DEL v s`, move(breaker, epoch of
//!   the register).
//! - **push**(kind, breaker, epoch): with the text of the [push](crate::wire::Push), whose state,
//!   left and failed are of the register after the step (`closed`, 0, 0 without one):
//!   `ZREMRANGEBYSCORE q -inf now-PUSH_SPAN`, `ZREMRANGEBYSCORE q (now +inf`. If
//!   `ZCARD q` < PUSHES: `ZADD q now text`, `PEXPIRE q expiry::PUSHES`, `PUBLISH ch text`.

mod beat;
mod command;
mod lease;
mod look;
mod outcome;
mod run;
mod store;
#[cfg(test)]
mod tests;
mod vote;

use crate::limits::MOST;
use crate::wire::{Script, Value};
use run::Run;
pub use store::Published;
use store::Store;

/// A server in memory, for any number of groups.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    store: Store,
}

impl Memory {
    /// Creates an empty server.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a script at this time.
    ///
    /// A missing key or argument counts as empty, and an argument that is not a number counts as 0.
    /// [`Request`](crate::wire::Request) creates neither.
    pub fn run(
        &mut self,
        script: Script,
        keys: &[Vec<u8>],
        args: &[Vec<u8>],
        now_ms: u64,
    ) -> Value {
        let now = now_ms.min(MOST);
        self.store.expire(now);
        let run = Run { store: &mut self.store, keys, args, now };
        match script {
            Script::Beat => beat::run(run),
            Script::Vote => vote::run(run),
            Script::Lease => lease::run(run),
            Script::Outcome => outcome::run(run),
            Script::Command => command::run(run),
            Script::Look => look::run(&run),
        }
    }

    /// Returns the pushes that scripts have published since the last call.
    pub fn take_pushes(&mut self) -> Vec<Published> {
        std::mem::take(&mut self.store.published)
    }

    /// Writes a field of a hash directly, as anyone with access to the server could.
    pub fn put_field(&mut self, key: &[u8], field: &[u8], value: &[u8]) {
        self.store.hset(key, field, value);
    }

    /// Writes a member of a sorted set. The score must be a number.
    pub fn put_member(&mut self, key: &[u8], member: &[u8], score: f64) {
        self.store.sorted.entry(key.to_vec()).or_default().insert(member, score);
    }

    /// Returns the fields of a hash with their values, ordered.
    #[must_use]
    pub fn fields(&self, key: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let hash = self.store.hashes.get(key).into_iter().flatten();
        hash.map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// Returns the members of a sorted set with their scores, in its order.
    #[must_use]
    pub fn members(&self, key: &[u8]) -> Vec<(Vec<u8>, f64)> {
        self.store.zrangebyscore(key, store::Range::ALL, 0, usize::MAX)
    }

    /// Loses everything, as `FLUSHALL` does.
    pub fn flush(&mut self) {
        self.store.flush();
    }
}
