//! The protocol with Redis: requests as a script with its KEYS and ARGV, replies, and pushes.
//!
//! # Names
//!
//! Breakers, keyed sets, instances, voters and ids of commands are *names of the wire*: 1 to 71
//! bytes, each of `!` to `z` or `~`. [`key_name`] makes one of any text. In Lua:
//! `#name <= 71 and name:find('^[!-z~]+$')`.
//!
//! # Numbers and texts
//!
//! Numbers are whole, from 0 to 2^53 - 1, as decimal text in ARGV and as integers in replies. A
//! number in a [register](crate::register::Register) or [record](crate::record::Record) has no
//! leading zero and no sign. Times are milliseconds of Redis' clock, `TIME` as
//! `seconds * 1000 + floor(microseconds / 1000)`. All limits have names in
//! [`limits`](crate::limits).
//!
//! # KEYS
//!
//! Every key begins with `{rf1:<group>}`. The first six are those of all scripts:
//!
//! | | key | type | content |
//! |---|---|---|---|
//! | 1 | `:r` | hash | breaker → register |
//! | 2 | `:x` | zset | breaker, scored by its position: see [`memory`](crate::memory) |
//! | 3 | `:o` | hash | breaker → operator's record |
//! | 4 | `:q` | zset | text of a push, scored by its time |
//! | 5 | `:ch` | channel | pushes are published here |
//! | 6 | `:a` | zset | instance, scored by the time until which it counts as alive, and the member <code>&#124;</code>, scored by minus the time at which `:a` began |
//!
//! `beat` has then
//!
//! | | key | type | content |
//! |---|---|---|---|
//! | 7 | `:i` | hash | instance → view |
//! | 8… | `:w:<name>` | zset | voter, scored by the time until which it counts as sharing this breaker or keyed set. One key per name in [`Beat::shares`] |
//!
//! `look` has
//!
//! | | key | content |
//! |---|---|---|
//! | 7 | `:i` | as above |
//! | 8… | `:v:<breaker>`, `:s:<breaker>` | as below. Both for each breaker in [`Look::breakers`] |
//!
//! and the other four have
//!
//! | | key | type | content |
//! |---|---|---|---|
//! | 7 | `:v:<breaker>` | zset | <code>epoch&#124;voter</code>, scored by the vote's end |
//! | 8 | `:s:<breaker>` | zset | <code>epoch&#124;instance/sequence</code>, scored by the lease's end |
//! | 9 | `:w:<name>` | zset | as above; `vote` only |
//!
//! # ARGV
//!
//! First two of every script, then the script's own, then four for each [`Known`] of the sender up
//! to the end of ARGV. `look` has no [`Known`], because it only reads.
//!
//! | script | ARGV |
//! |---|---|
//! | all | 1 `sent` (0: unknown), 2 `mark` |
//! | `beat` | 3 instance, 4 voter, 5 view, 6 leaving (`0`, `1`) |
//! | `vote` | 3 breaker, 4 voter, 5 `cast` or `withdraw`, 6 epoch, 7 window, 8 quorum, 9 open phase, 10 longest open phase |
//! | `lease` | 3 breaker, 4 `instance/sequence`, 5 `new`, `renew` or `late`, 6 epoch (of `renew`, else 0), 7 places, 8 longest open phase |
//! | `outcome` | 3 breaker, 4 `instance/sequence`, 5 epoch, 6 `success`, `failure` or `neutral`, 7 success threshold, 8 next open phase, 9 longest open phase |
//! | `command` | 3 breaker, 4 `open`, `closed`, `reset` or `mode`, 5 lasting (0: until reset), 6 mode (`-`, `enforce`, `observe`, `off`), 7 id, 8 by |
//! | `look` | 3… breakers |
//! | all but `look`, at the end | breaker, its longest open phase at the sender, register or empty, record or empty; again and again |
//!
//! # Replies
//!
//! Arrays. Registers and records are texts, empty if absent. `left` is the rest of an open phase
//! in milliseconds, and 0 in the other states.
//!
//! | script | reply |
//! |---|---|
//! | `beat` | time, alive, next beat in ms, mark, too old (0, 1), array of at most 64 arrays: breaker, register, left, record |
//! | `vote` | time, [answer](VoteAnswer), register, left, votes, sharers, alive |
//! | `lease` | time, [answer](LeaseAnswer), register, left, leases taken |
//! | `outcome` | time, [answer](OutcomeAnswer), register, left |
//! | `command` | time, [answer](CommandAnswer), register, left, record |
//! | `look` | time, alive, array of at most 64 arrays: breaker, register, left, record, array of voters, array of instances that hold leases; array of at most 500 arrays: instance, ms since its last beat, view |
//!
//! The steps of the scripts are at [`memory`](crate::memory) and in its modules.

mod answer;
mod look;
mod name;
mod push;
mod reply;
mod request;
#[cfg(test)]
mod tests;
mod values;

pub use answer::{CommandAnswer, LeaseAnswer, OutcomeAnswer, VoteAnswer};
pub use look::{Look, LookReply, LookedBreaker, LookedInstance};
pub use name::{hashed_key_name, key_name};
pub use push::{Kind, Push};
pub use reply::{
    BeatReply, Changed, CommandReply, LeaseReply, Malformed, OutcomeReply, Reply, VoteReply,
};
pub use request::{
    Ask, Beat, Claim, Command, Known, Lease, Outcome, ProbeResult, Request, Vote, What,
};

pub use values::Standing;

/// The six scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Script {
    /// Shows that an instance is alive, and returns what has changed.
    Beat,
    /// Casts or withdraws a vote to open a breaker.
    Vote,
    /// Asks for a lease, or renews one.
    Lease,
    /// Reports how a probe ended, and gives its lease back.
    Outcome,
    /// Applies an operator's command.
    Command,
    /// Reads what operators are shown.
    Look,
}

impl Script {
    /// All scripts.
    pub const LIST: [Self; 6] =
        [Self::Beat, Self::Vote, Self::Lease, Self::Outcome, Self::Command, Self::Look];

    /// Returns the script's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beat => "beat",
            Self::Vote => "vote",
            Self::Lease => "lease",
            Self::Outcome => "outcome",
            Self::Command => "command",
            Self::Look => "look",
        }
    }
}

/// A reply of Redis. It has only the types that the scripts use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Nil,
    /// An integer.
    Int(i64),
    /// A bulk string.
    Text(Vec<u8>),
    /// An array.
    Array(Vec<Value>),
}
