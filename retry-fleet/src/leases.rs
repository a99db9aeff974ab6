//! The leases of one breaker, which are permissions to probe.

use std::fmt;
use std::time::Duration;

use crate::limits::LEASE;

/// Identifies a lease: `instance/sequence`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LeaseId {
    /// The name of the instance on the wire.
    pub instance: String,
    /// The number of the lease in this instance.
    pub sequence: u64,
}

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.instance, self.sequence)
    }
}

/// Returns the life of a lease at its owner, counted from the sending of the request. It is 0.98 of
/// the life at Redis. A lease therefore ends earlier at its owner, even if the owner's clock is
/// slow.
#[must_use]
pub fn local_life() -> Duration {
    Duration::from_millis(LEASE * 98 / 100)
}

/// Counts the leases of an epoch among the members of `:s:<breaker>`.
pub(crate) struct Counted<'a> {
    /// The number of leases of this epoch.
    pub(crate) taken: usize,
    /// True if the requested lease is among them.
    pub(crate) is_held: bool,
    /// Members of other epochs. They never count again.
    pub(crate) void: Vec<&'a [u8]>,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(members: &'a [Vec<u8>], epoch: u64, own: &[u8]) -> Self {
        let (of_epoch, void) = by_epoch(members, epoch);
        Self { taken: of_epoch.len(), is_held: of_epoch.contains(&own), void }
    }
}

/// Returns the member for a lease or vote: `epoch|name`. A member of another epoch never counts.
pub(crate) fn member(epoch: u64, name: &[u8]) -> Vec<u8> {
    [format!("{epoch}|").as_bytes(), name].concat()
}

/// Splits members into those of the epoch and the others.
pub(crate) fn by_epoch(members: &[Vec<u8>], epoch: u64) -> (Vec<&[u8]>, Vec<&[u8]>) {
    let prefix = member(epoch, b"");
    members.iter().map(Vec::as_slice).partition(|member| member.starts_with(&prefix))
}
