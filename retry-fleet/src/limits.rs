//! The spans and limits of the contract, in milliseconds of Redis' clock unless the name says more.

use std::time::Duration;

/// The largest number on the wire, 2^53 - 1: numbers of Lua are doubles.
pub const MOST: u64 = (1 << 53) - 1;

/// An epoch further ahead of Redis' clock than this is nonsense, and its register counts as absent.
pub const AHEAD: u64 = 24 * 60 * 60 * 1000;
/// A register whose end is further in the past than this is dropped.
pub const STALE: u64 = 60 * 60 * 1000;
/// An operator's record that has had no effect for so long is dropped. It is kept longer than a
/// register, so that a process that was cut off does not bring back a command that was reset.
pub const FORGOTTEN: u64 = 7 * 24 * 60 * 60 * 1000;
/// A command that was sent longer ago than this is ignored.
pub const TOO_OLD: u64 = 5_000;

/// A lease's longest life.
pub const LEASE: u64 = 6_000;
/// A vote's longest life.
pub const VOTE: u64 = 60_000;
/// The shortest and the longest time between two beats.
pub const BEAT: (u64, u64) = (2_000, 30_000);
/// An instance or voter counts as alive for so many beats after its last beat.
pub const BEATS_ALIVE: u64 = 3;
/// The longest time for which a beat makes an instance count as alive.
pub const ALIVE: u64 = BEATS_ALIVE * BEAT.1;

/// The most breakers of a group.
pub const BREAKERS: usize = 4_096;
/// The most breakers in the reply to one beat.
pub const CHANGED: usize = 64;
/// The most breakers that one beat prunes.
pub const PRUNED: usize = 8;
/// The most members of a sorted set whose score one script cuts.
pub const CUT: usize = 64;
/// The most votes that one script counts, and so the largest quorum.
pub const VOTES: u32 = 1_000;
/// The most unexpired leases of one breaker, whatever its settings are.
pub const LEASES: usize = 1_000;
/// The most bytes of an instance's view.
pub const VIEW: usize = 256;
/// The most breakers that one look names.
pub const LOOKED: usize = 64;
/// The most voters, and the most leases, of one breaker in the reply to a look.
pub const LOOKED_NAMES: usize = 32;
/// The most instances in the reply to a look.
pub const LOOKED_INSTANCES: usize = 500;
/// The most bytes of an operator's name.
pub const BY: usize = 64;

/// The most pushes of a group in [`PUSH_SPAN`].
pub const PUSHES: usize = 20;
/// The span in which pushes are counted.
pub const PUSH_SPAN: u64 = 1_000;

/// Keys that nobody refreshes disappear after these. Each is longer than anything in the key
/// counts, so that only `:a`, which tells when the group began, depends on it.
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

/// Returns the time between two beats in a group of so many instances, N / 400 s within limits.
#[must_use]
pub fn beat(alive: u64) -> u64 {
    // Halves of a millisecond are dropped, as `math.floor` does in the script.
    (alive.saturating_mul(5) / 2).clamp(BEAT.0, BEAT.1)
}

/// Returns a duration in whole milliseconds, rounded up, so that only zero is zero.
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    let millis = duration.as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).unwrap_or(MOST).min(MOST)
}

/// Adds without leaving the numbers of the wire.
pub(crate) fn add(one: u64, other: u64) -> u64 {
    one.saturating_add(other).min(MOST)
}
