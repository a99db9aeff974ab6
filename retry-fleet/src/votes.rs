//! How many votes open a breaker.

use crate::limits::VOTES;

#[cfg(test)]
mod tests;

/// The number of voters that must have tripped by their own evidence before the fleet opens a
/// breaker.
///
/// A *voter* is what `.instance(…)` names, else the host: processes of one host have one vote, and
/// a process that restarts does not vote twice. A vote counts for the recovery timeout of the
/// voter's breaker, at most 60 s.
///
/// | quorum | right when |
/// |---|---|
/// | `instances(2)`, the default | failures of one voter may be its own, as those of a bad node |
/// | `instances(n)` | the group is large, and small parts of it fail by themselves |
/// | `any()` | every voter's evidence holds for all: a quota or a key that all share |
///
/// If only one voter that shares the breaker has been alive for three whole beats, its vote is
/// enough, whatever `n` is. If there are more voters than one and fewer than `n`, the fleet never
/// opens the breaker, and each instance acts by its own evidence.
///
/// A group must not span zones with separate paths to the dependency. There, the trouble of one
/// zone would open the breakers of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quorum(u32);

impl Quorum {
    /// The most voters of a quorum.
    const MOST: u32 = VOTES;

    /// Requires so many voters, from 1 to 1,000. A number beyond is replaced by the nearest one.
    #[must_use]
    pub const fn instances(voters: u32) -> Self {
        Self(match voters {
            0 => 1,
            Self::MOST.. => Self::MOST,
            _ => voters,
        })
    }

    /// Opens on the first vote.
    #[must_use]
    pub const fn any() -> Self {
        Self(1)
    }

    /// Returns the number of voters.
    #[must_use]
    pub const fn voters(self) -> u32 {
        self.0
    }
}

impl Default for Quorum {
    fn default() -> Self {
        Self::instances(2)
    }
}

/// Returns the number of votes that open a breaker now.
///
/// One is enough if only one voter shares the breaker, but not before the group is three beats old:
/// after Redis lost everything, the first voter that comes back would look like the only one.
pub(crate) fn needed(quorum: u64, sharers: u64, age: Option<u64>, beats: u64) -> u64 {
    let is_settled = age.is_some_and(|age| age >= beats);
    if sharers == 1 && is_settled { 1 } else { quorum.max(1) }
}
