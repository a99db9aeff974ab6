//! The number of votes that open a breaker.

#[cfg(test)]
mod tests;

/// The number of voters that must have tripped on their own evidence before the fleet opens a
/// breaker.
///
/// The *voter* is the instance if [`FleetBuilder::instance`](crate::FleetBuilder::instance) names
/// it, and the host otherwise. Therefore processes of one host have one vote, and a process that
/// restarts does not vote twice. A vote counts for the recovery timeout of the voter's breaker, at
/// most a minute.
///
/// | quorum | use it if |
/// |---|---|
/// | `instances(2)`, the default | a failure may be local to one voter, such as on a bad node |
/// | `instances(n)` | the group is large, and small parts of it fail together |
/// | `any()` | a failure of one voter is a failure for all, such as of a shared quota or key |
///
/// If a breaker has had only one voter for three whole beats, its vote is enough for any `n`. If
/// there are several voters, but fewer than `n`, the fleet never opens the breaker. Each instance
/// then acts on its own evidence.
///
/// A group must not span zones with separate paths to the dependency. Otherwise, a failure in one
/// zone would open the breakers of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quorum(u32);

impl Quorum {
    /// Requires this many voters: 1 to 1,000. [`FleetBuilder::start`](crate::FleetBuilder::start)
    /// checks the number.
    #[must_use]
    pub const fn instances(voters: u32) -> Self {
        Self(voters)
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
/// One is enough if only one voter shares the breaker, but not before the group is three beats old.
/// After Redis has lost everything, the first voter that returns would look like the only one.
pub(crate) fn needed(quorum: u64, sharers: u64, age: Option<u64>, beats: u64) -> u64 {
    let is_settled = age.is_some_and(|age| age >= beats);
    if sharers == 1 && is_settled { 1 } else { quorum.max(1) }
}
