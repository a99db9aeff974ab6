//! Durations and limits of the protocol. Durations are milliseconds of Redis' clock unless the name
//! says otherwise.

use std::time::Duration;

/// The largest number on the wire, 2^53 - 1, because numbers in Lua are doubles.
pub const MOST: u64 = (1 << 53) - 1;

/// The maximum lead of an epoch over Redis' clock. A register with a later epoch counts as absent.
pub const AHEAD: u64 = 24 * 60 * 60 * 1000;
/// A register is dropped if its end is further in the past than this.
pub const STALE: u64 = 60 * 60 * 1000;
/// An operator's record is dropped after this time without effect. It is kept longer than a
/// register: a process that was cut off must not bring back a command that was reset.
pub const FORGOTTEN: u64 = 7 * 24 * 60 * 60 * 1000;
/// A command is ignored if it was sent longer ago than this.
pub const TOO_OLD: u64 = 5_000;

/// The maximum life of a lease.
pub const LEASE: u64 = 6_000;
/// The maximum life of a vote.
pub const VOTE: u64 = 60_000;
/// The minimum and maximum time between two beats.
pub const BEAT: (u64, u64) = (2_000, 30_000);
/// The number of beats for which an instance or voter counts as alive after its last beat.
pub const BEATS_ALIVE: u64 = 3;
/// The maximum time for which a beat makes an instance count as alive.
pub const ALIVE: u64 = BEATS_ALIVE * BEAT.1;

/// The maximum number of breakers of a group.
pub const BREAKERS: usize = 4_096;
/// The maximum number of breakers in the reply to one beat.
pub const CHANGED: usize = 64;
/// The maximum number of breakers that one beat prunes.
pub const PRUNED: usize = 8;
/// The maximum number of members of a sorted set whose scores one script cuts.
pub const CUT: usize = 64;
/// The maximum number of votes that one script counts, and therefore the largest quorum.
pub const VOTES: u32 = 1_000;
/// The maximum number of unexpired leases of one breaker, independent of its settings.
pub const LEASES: usize = 1_000;
/// The maximum number of bytes of an instance's view.
pub const VIEW: usize = 256;
/// The maximum number of breakers in one look.
pub const LOOKED: usize = 64;
/// The maximum number of voters, and of leases, of one breaker in the reply to a look.
pub const LOOKED_NAMES: usize = 32;
/// The maximum number of instances in the reply to a look.
pub const LOOKED_INSTANCES: usize = 500;
/// The maximum number of bytes of an operator's name.
pub const BY: usize = 64;

/// The maximum number of pushes of a group in [`PUSH_SPAN`].
pub const PUSHES: usize = 20;
/// The time over which pushes are counted.
pub const PUSH_SPAN: u64 = 1_000;

/// The times after which keys expire without a refresh. Each is longer than the life of all that
/// counts in the key. Only `:a`, which holds the time at which the group began, depends on its
/// expiry.
pub mod expiry {
    /// For `:r`, `:x` and `:o`.
    pub const GROUP: u64 = 30 * 24 * 60 * 60 * 1000;
    /// For `:a`, `:i` and `:w:<breaker>`.
    pub const ALIVE: u64 = 180_000;
    /// For `:v:<breaker>`.
    pub const VOTES: u64 = 120_000;
    /// For `:s:<breaker>`.
    pub const LEASES: u64 = 12_000;
    /// For `:q`.
    pub const PUSHES: u64 = 2_000;
}

/// Returns the time between two beats in a group of this many instances: N / 400 s within limits.
#[must_use]
pub fn beat(alive: u64) -> u64 {
    // Halves of a millisecond are dropped, as `math.floor` does in the script.
    (alive.saturating_mul(5) / 2).clamp(BEAT.0, BEAT.1)
}

/// Returns a duration in whole milliseconds, rounded up, so only zero becomes zero.
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).unwrap_or(MOST).min(MOST)
}

/// Adds two numbers, up to the largest number of the wire.
pub(crate) fn add(one: u64, other: u64) -> u64 {
    one.saturating_add(other).min(MOST)
}
