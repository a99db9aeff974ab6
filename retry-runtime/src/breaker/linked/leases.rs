//! The leases of one breaker: granted, claimed by a call, ended by its outcome. Pure.

/// The maximum number of unclaimed leases, the same as that of simultaneous probes.
const MOST_UNCLAIMED: usize = 16;
/// The maximum number of calls under way that are remembered. Only forgotten permits exceed it.
const MOST_CLAIMED: usize = 64;

/// The permission to make one probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The number of the lease in this instance, chosen by the agent. Later leases of a breaker
    /// have higher numbers.
    pub sequence: u64,
    /// The epoch in which it was granted. It admits a call only while this is the newest epoch that
    /// the breaker was shown.
    pub epoch: u64,
    /// The end of the lease, in nanoseconds on the scale of [`now`](crate::fleet::now). It admits a
    /// call only before that. An admitted call may take longer.
    pub expires_at: u64,
    /// `true` if the fleet has yet to grant it: the next call of an infrequent caller is admitted
    /// immediately, and the agent asks the fleet afterwards. Such a lease is claimed only if there
    /// is no other.
    pub late: bool,
}

/// A lease that a breaker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// The lease.
    pub lease: Lease,
    /// The time at which a call claimed it. `None` if no call has.
    pub claimed_at: Option<u64>,
}

/// The outcome of a leased probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The dependency answered in time.
    Success,
    /// A failure that counts: of a kind in `trip_on`, a slow call or a panic.
    Failure,
    /// The outcome says nothing about the dependency. The lease is free again.
    Neutral,
}

/// A leased probe that has ended. Each lease that a call claimed ends once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// The lease as it was last granted. It may have expired. The agent decides what that means.
    pub lease: Lease,
    /// The outcome of the call.
    pub outcome: ProbeOutcome,
}

/// A call under way with a lease. Its admission has the same generation and time.
#[derive(Debug, Clone, Copy)]
struct Claimed {
    lease: Lease,
    probe: Probe,
    since: u64,
}

/// The identity of a probe, taken from its admission.
///
/// Probes that were admitted in the same nanosecond look the same. Either probe may end either
/// lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) generation: u64,
    /// The time of its admission. 0 once a stream has yielded its first item in time.
    pub(super) at: u64,
    /// No permit holds it.
    pub(super) manual: bool,
}

#[derive(Debug, Default)]
pub(super) struct Leases {
    unclaimed: Vec<Lease>,
    claimed: Vec<Claimed>,
    ended: Vec<Ended>,
    /// The highest number that was granted. A late renewal must not bring back a lease that has
    /// ended.
    newest: Option<u64>,
}

impl Leases {
    /// Adds a lease of the newest epoch, or renews one. Returns `false` if it refuses the lease.
    pub(super) fn grant(&mut self, lease: Lease, epoch: Option<u64>, now: u64) -> bool {
        let claimed = self.claimed.iter_mut().map(|claimed| &mut claimed.lease);
        if let Some(held) = claimed.into_iter().find(|held| held.sequence == lease.sequence) {
            *held = lease;
            return true;
        }
        self.unclaimed.retain(|held| held.expires_at > now);
        if Some(lease.epoch) != epoch || lease.expires_at <= now {
            return false;
        }
        if let Some(held) = self.unclaimed.iter_mut().find(|held| held.sequence == lease.sequence) {
            *held = lease;
            return true;
        }
        if self.newest.is_some_and(|newest| lease.sequence <= newest)
            || self.unclaimed.len() >= MOST_UNCLAIMED
        {
            return false;
        }
        self.newest = Some(lease.sequence);
        self.unclaimed.push(lease);
        true
    }

    /// Removes an unclaimed lease. Returns whether there was one of this number.
    pub(super) fn take_back(&mut self, sequence: u64) -> bool {
        let before = self.unclaimed.len();
        self.unclaimed.retain(|lease| lease.sequence != sequence);
        self.unclaimed.len() < before
    }

    /// Removes the unclaimed leases of other epochs, or all of them if there is no epoch.
    pub(super) fn keep_only(&mut self, epoch: Option<u64>) {
        self.unclaimed.retain(|lease| Some(lease.epoch) == epoch);
    }

    /// Removes a lease that admits a call now, for a probe to [`claim`](Self::claim).
    pub(super) fn take(&mut self, now: u64) -> Option<Lease> {
        let unclaimed = self.unclaimed.iter().enumerate();
        let candidates = unclaimed.filter(|(_, lease)| lease.expires_at > now);
        let (at, _) = candidates.min_by_key(|(_, lease)| (lease.late, lease.sequence))?;
        Some(self.unclaimed.remove(at))
    }

    /// Puts back a lease that was taken.
    pub(super) fn put_back(&mut self, lease: Lease) {
        self.unclaimed.push(lease);
    }

    /// Records the probe that a lease has admitted.
    pub(super) fn claim(&mut self, lease: Lease, probe: Probe) {
        if self.claimed.len() >= MOST_CLAIMED {
            let forgotten = self.claimed.remove(0);
            self.ended.push(Ended { lease: forgotten.lease, outcome: ProbeOutcome::Neutral });
        }
        self.claimed.push(Claimed { lease, probe, since: probe.at });
    }

    /// Returns whether the probe has a lease.
    #[cfg(feature = "stream")]
    pub(super) fn has(&self, probe: Probe) -> bool {
        self.claimed.iter().any(|claimed| claimed.probe == probe)
    }

    /// Changes the time by which a probe is found.
    #[cfg(feature = "stream")]
    pub(super) fn rename(&mut self, from: Probe, to: Probe) {
        if let Some(claimed) = self.claimed.iter_mut().find(|claimed| claimed.probe == from) {
            claimed.probe = to;
        }
    }

    /// Ends the lease of a probe. Returns `false` if the probe has none.
    pub(super) fn end(&mut self, probe: Probe, outcome: ProbeOutcome) -> bool {
        self.end_first(outcome, |claimed| claimed.probe == probe)
    }

    /// Ends the oldest lease of this generation that was claimed without a permit after `since`.
    /// Returns `false` if there is none.
    pub(super) fn end_manual(
        &mut self,
        generation: u64,
        since: u64,
        outcome: ProbeOutcome,
    ) -> bool {
        self.end_first(outcome, |Claimed { probe, since: began, .. }| {
            probe.manual && probe.generation == generation && *began > since
        })
    }

    fn end_first(&mut self, outcome: ProbeOutcome, is_it: impl Fn(&Claimed) -> bool) -> bool {
        let Some(at) = self.claimed.iter().position(is_it) else { return false };
        // Keeps the rest in the order in which they were claimed.
        let lease = self.claimed.remove(at).lease;
        self.ended.push(Ended { lease, outcome });
        true
    }

    /// Returns whether a call that claimed a lease after `since` is under way.
    pub(super) fn any_claimed_since(&self, since: u64) -> bool {
        self.claimed.iter().any(|claimed| claimed.since > since)
    }

    /// Returns the leases that have ended since the last call of this function.
    pub(super) fn ended(&mut self) -> Vec<Ended> {
        std::mem::take(&mut self.ended)
    }

    /// Returns the unclaimed leases, followed by the claimed ones.
    pub(super) fn held(&self) -> Vec<Held> {
        let unclaimed = self.unclaimed.iter().map(|&lease| Held { lease, claimed_at: None });
        let claimed = self
            .claimed
            .iter()
            .map(|&Claimed { lease, since, .. }| Held { lease, claimed_at: Some(since) });
        unclaimed.chain(claimed).collect()
    }
}
