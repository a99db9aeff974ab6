//! The leases of one breaker: granted, claimed by a call, ended by its outcome. Pure.

/// How many unclaimed leases a breaker takes: as many as the most probes at a time.
const MOST_UNCLAIMED: usize = 16;
/// How many calls under way are remembered. More come only from permits that were forgotten.
const MOST_CLAIMED: usize = 64;

/// The right to make one probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Its number in this instance, chosen by the agent. A later lease of a breaker has a higher
    /// one.
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

/// A lease that a breaker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// The lease.
    pub lease: Lease,
    /// When a call claimed it; `None` if none has.
    pub claimed_at: Option<u64>,
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

/// A call that is under way by a lease. Its admission has the same generation and time.
#[derive(Debug, Clone, Copy)]
struct Claimed {
    lease: Lease,
    probe: Probe,
    since: u64,
}

/// A probe, as its admission identifies it.
///
/// Probes that were admitted in the same nanosecond look the same. It does not matter which of them
/// ends which lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) generation: u64,
    /// When it was admitted; 0 once a stream has given its first item in time.
    pub(super) at: u64,
    /// No permit holds it.
    pub(super) manual: bool,
}

#[derive(Debug, Default)]
pub(super) struct Leases {
    unclaimed: Vec<Lease>,
    claimed: Vec<Claimed>,
    ended: Vec<Ended>,
    /// The highest number that was granted. One that has ended does not come back by a renewal that
    /// is late.
    newest: Option<u64>,
}

impl Leases {
    /// Takes a lease of the newest epoch, or renews one. Returns `false` if it is not taken.
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

    /// Takes an unclaimed lease back. Returns whether there was one of this number.
    pub(super) fn take_back(&mut self, sequence: u64) -> bool {
        let before = self.unclaimed.len();
        self.unclaimed.retain(|lease| lease.sequence != sequence);
        self.unclaimed.len() < before
    }

    /// Drops the unclaimed leases of other epochs; all of them without an epoch.
    pub(super) fn keep_only(&mut self, epoch: Option<u64>) {
        self.unclaimed.retain(|lease| Some(lease.epoch) == epoch);
    }

    /// Takes out a lease that admits a call now, for a probe to [`claim`](Self::claim).
    pub(super) fn take(&mut self, epoch: u64, now: u64) -> Option<Lease> {
        let admits = |lease: &Lease| lease.epoch == epoch && lease.expires_at > now;
        let candidates = self.unclaimed.iter().enumerate().filter(|(_, lease)| admits(lease));
        let (at, _) = candidates.min_by_key(|(_, lease)| (lease.late, lease.sequence))?;
        Some(self.unclaimed.remove(at))
    }

    /// Puts a lease back that was taken out.
    pub(super) fn put_back(&mut self, lease: Lease) {
        self.unclaimed.push(lease);
    }

    /// Notes the probe that a lease has admitted.
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

    /// Ends the lease of a probe. Returns `false` if it has none.
    pub(super) fn end(&mut self, probe: Probe, outcome: ProbeOutcome) -> bool {
        self.end_first(outcome, |claimed| claimed.probe == probe)
    }

    /// Ends the oldest lease of this generation that was claimed without a permit since then.
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
        // Those that remain stay in the order in which they were claimed.
        let lease = self.claimed.remove(at).lease;
        self.ended.push(Ended { lease, outcome });
        true
    }

    /// Returns whether a call that claimed a lease since then is under way.
    pub(super) fn any_claimed_since(&self, since: u64) -> bool {
        self.claimed.iter().any(|claimed| claimed.since > since)
    }

    /// Returns what has ended since the last time.
    pub(super) fn ended(&mut self) -> Vec<Ended> {
        std::mem::take(&mut self.ended)
    }

    /// Returns the leases that no call has claimed, and then the claimed ones.
    pub(super) fn held(&self) -> Vec<Held> {
        let unclaimed = self.unclaimed.iter().map(|&lease| Held { lease, claimed_at: None });
        let claimed = self
            .claimed
            .iter()
            .map(|&Claimed { lease, since, .. }| Held { lease, claimed_at: Some(since) });
        unclaimed.chain(claimed).collect()
    }
}
