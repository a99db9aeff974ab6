//! The leases of one breaker: granted, claimed by a call, ended by its outcome. Pure.

/// The right to make one probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Its number in this instance, chosen by the agent. Two leases of a breaker never share one.
    pub sequence: u64,
    /// The epoch in which it was granted. It admits a call only while this is the newest epoch that
    /// the breaker was shown.
    pub epoch: u64,
    /// When it ends, in nanoseconds on the scale of [`now`](crate::fleet::now). It admits a call only
    /// before that; a call that it has admitted may take longer.
    pub expires_at: u64,
    /// The fleet has not granted it yet: a rare caller's next call is admitted at once, and the
    /// agent asks afterwards. It is claimed only if there is no other.
    pub late: bool,
}

/// How a leased probe ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The dependency answered in time.
    Success,
    /// A counted failure: of a kind in `trip_on`, a slow call, a panic.
    Failure,
    /// It says nothing about the dependency. The place is free again.
    Neutral,
}

/// A leased probe that has ended. Each lease that a call claimed ends once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// The lease as it was granted last. It may have expired; the agent decides what that means.
    pub lease: Lease,
    /// How the call ended.
    pub outcome: ProbeOutcome,
}
