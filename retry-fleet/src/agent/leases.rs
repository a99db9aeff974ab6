//! The leases of one breaker: when to ask, to renew, to give back and to report.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use retry_runtime::Mode;
use retry_runtime::fleet::{Change, Ended, Forced, Held, Lease, Local, ProbeOutcome};

use super::copies::OwnCopy;
use super::random::{Random, nanos};
use crate::leases::local_life;

const SECOND: u64 = 1_000_000_000;
/// The time from a grant or renewal to the next renewal.
const RENEWAL: u64 = 2 * SECOND;
/// The time for which an unclaimed lease is kept.
const UNCLAIMED: u64 = 10 * SECOND;
/// The shortest time from a refusal to the next request.
const AGAIN: Duration = Duration::from_millis(250);
/// The maximum number of outcomes that wait to be reported. Older ones are dropped: their leases
/// have expired.
const REPORTS: usize = 64;

/// The agent's state of the leases of one breaker.
pub(crate) struct Leases {
    last_sequence: u64,
    /// The lease of the last request, while that has no answer.
    unanswered: Option<u64>,
    /// The leases that the server has granted, by number, until they end.
    granted: BTreeMap<u64, Granted>,
    /// The outcomes to report, the oldest first.
    reports: VecDeque<Report>,
    /// The epoch in which the agent asks ahead, and the time of that request.
    ahead: Option<(u64, u64)>,
    /// The time of the next request after a refusal.
    again_at: Option<u64>,
    /// The time since which a call wants a lease.
    wanted_since: Option<u64>,
}

#[derive(Clone, Copy)]
struct Granted {
    epoch: u64,
    since: u64,
    renew_at: u64,
}

/// A lease that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report {
    pub(crate) sequence: u64,
    pub(crate) epoch: u64,
    pub(crate) outcome: ProbeOutcome,
    /// True if no call took it.
    pub(crate) unclaimed: bool,
    /// True if the server does not know it yet.
    is_late: bool,
}

/// A request about a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeaseTask {
    Report,
    /// Asks for the lease of a probe that is under way already.
    Late {
        sequence: u64,
    },
    Renew {
        sequence: u64,
        epoch: u64,
    },
    Ask,
}

impl Leases {
    /// `now` makes the numbers increase across restarts of the agent: no breaker takes a lease in
    /// less than a microsecond.
    pub(crate) fn new(now: u64) -> Self {
        Self {
            last_sequence: now / 1_000,
            unanswered: None,
            granted: BTreeMap::new(),
            reports: VecDeque::new(),
            ahead: None,
            again_at: None,
            wanted_since: None,
        }
    }

    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }

    /// Returns the number of the lease to request. It is that of the last request if no answer
    /// came: the server may have granted that lease, and grants it only once.
    pub(crate) fn sequence_to_ask(&mut self) -> u64 {
        let sequence = self.unanswered.unwrap_or_else(|| self.next_sequence());
        self.unanswered = Some(sequence);
        sequence
    }

    /// Notes that the request for a lease was answered.
    pub(crate) fn answered(&mut self) {
        self.unanswered = None;
    }

    /// Returns whether any lease or report is pending.
    pub(crate) fn any(&self) -> bool {
        !self.granted.is_empty() || !self.reports.is_empty()
    }

    /// Notes a lease that has ended.
    pub(crate) fn ended(&mut self, Ended { lease, outcome, .. }: Ended) {
        let Lease { sequence, epoch, late: is_late, .. } = lease;
        self.report(Report { sequence, epoch, outcome, unclaimed: false, is_late });
    }

    fn report(&mut self, report: Report) {
        if self.reports.len() >= REPORTS {
            self.reports.pop_front();
        }
        self.reports.push_back(report);
    }

    /// Reports that the lease is not needed.
    pub(crate) fn give_back(&mut self, sequence: u64, epoch: u64, unclaimed: bool) {
        let outcome = ProbeOutcome::Neutral;
        self.report(Report { sequence, epoch, outcome, unclaimed, is_late: false });
    }

    /// Forgets leases that the breaker no longer has.
    pub(crate) fn keep_held(&mut self, local: &Local) {
        let Self { granted, reports, .. } = self;
        granted.retain(|sequence, _| {
            local.leases.iter().any(|held| held.lease.sequence == *sequence)
                || reports.iter().any(|report| report.sequence == *sequence)
        });
    }

    /// Returns the unclaimed leases that have waited too long for a call.
    pub(crate) fn unclaimed(&self, local: &Local, now: u64) -> Vec<Lease> {
        let is_over = |held: &&Held| {
            let since = self.granted.get(&held.lease.sequence).map(|granted| granted.since);
            held.claimed_at.is_none() && since.is_some_and(|since| since + UNCLAIMED <= now)
        };
        local.leases.iter().filter(is_over).map(|held| held.lease).collect()
    }

    /// Decides whether and when to ask, after a look at the breaker.
    pub(crate) fn plan(
        &mut self,
        local: &Local,
        copy: &OwnCopy,
        spread: Duration,
        random: &mut Random,
        now: u64,
    ) {
        let wants = local.wants_lease && may_ask(local, copy);
        self.wanted_since = if wants { self.wanted_since.or(Some(now)) } else { None };
        let is_new = self.ahead.is_none_or(|(epoch, _)| epoch != copy.epoch());
        if is_new && local.rejected && may_ask(local, copy) {
            let jitter = random.up_to(spread);
            let at = ends_at(local, copy).max(now).saturating_add(jitter);
            self.ahead = Some((copy.epoch(), at));
        }
    }

    /// Returns when to ask for a lease, if at all.
    pub(crate) fn ask_at(&self, local: &Local, copy: &OwnCopy) -> Option<u64> {
        if !may_ask(local, copy) {
            return None;
        }
        if let Some(again_at) = self.again_at {
            return (local.wants_lease || local.rejected).then_some(again_at);
        }
        let wanted = self.wanted_since.map(|since| since.max(ends_at(local, copy)));
        let ahead = self.ahead.filter(|(epoch, at)| *epoch == copy.epoch() && *at < u64::MAX);
        wanted.into_iter().chain(ahead.map(|(_, at)| at)).min()
    }

    /// Notes that a lease was asked for in this epoch. One request ahead is enough.
    pub(crate) fn asked(&mut self, epoch: u64) {
        self.ahead = Some((epoch, u64::MAX));
        self.again_at = None;
        self.wanted_since = None;
    }

    /// Schedules the next request: after a random part of `spread`, at least 250 ms, and not before
    /// the open phase ends.
    pub(crate) fn refused(
        &mut self,
        left: Duration,
        spread: Duration,
        random: &mut Random,
        now: u64,
    ) {
        let wait = spread.max(AGAIN);
        let jitter = random.up_to(wait / 2);
        self.again_at = Some(now.saturating_add(nanos(left.max(wait))).saturating_add(jitter));
    }

    /// Notes a grant or renewal, and returns the lease for the breaker. It ends locally before it
    /// ends at the server.
    pub(crate) fn granted(&mut self, sequence: u64, epoch: u64, sent: u64, now: u64) -> Lease {
        let renew_at = sent.saturating_add(RENEWAL);
        let since = self.granted.get(&sequence).map_or(now, |granted| granted.since);
        self.granted.insert(sequence, Granted { epoch, since, renew_at });
        let expires_at = sent.saturating_add(nanos(local_life()));
        Lease { sequence, epoch, expires_at, late: false }
    }

    /// Returns the lease that admits the next call of a rare caller immediately.
    pub(crate) fn late(&mut self, epoch: u64) -> Lease {
        Lease { sequence: self.next_sequence(), epoch, expires_at: u64::MAX, late: true }
    }

    /// Notes that a lease was not granted, or not renewed. It is not asked for again, and its
    /// outcome counts only in its own epoch.
    pub(crate) fn not_granted(&mut self, sequence: u64, local: &Local, now: u64) {
        let held = local.leases.iter().map(|held| (held.lease.sequence, held.lease.epoch));
        let ended = self.reports.iter().map(|report| (report.sequence, report.epoch));
        let epoch = held.chain(ended).find(|(it, _)| *it == sequence).map_or(0, |(_, epoch)| epoch);
        let new = Granted { epoch, since: now, renew_at: u64::MAX };
        self.granted.entry(sequence).or_insert(new).renew_at = u64::MAX;
    }

    /// Reports a recovery that needed no lease, as if it were a rare caller's probe.
    pub(crate) fn recovered(&mut self, epoch: u64) {
        let (sequence, outcome) = (self.next_sequence(), ProbeOutcome::Success);
        self.report(Report { sequence, epoch, outcome, unclaimed: false, is_late: true });
    }

    /// Returns the requests about leases with the times at which they are due.
    pub(crate) fn tasks(&self, local: &Local, now: u64) -> impl Iterator<Item = (u64, LeaseTask)> {
        let report = self.reports.front().map(|report| {
            let is_known = !report.is_late || self.granted.contains_key(&report.sequence);
            let late = LeaseTask::Late { sequence: report.sequence };
            // The server knows the next lease, and it has waited longest.
            (0, if is_known { LeaseTask::Report } else { late })
        });
        let held = local.leases.iter().filter_map(move |held| self.of_held(held, local, now));
        report.into_iter().chain(held)
    }

    fn of_held(&self, held: &Held, local: &Local, now: u64) -> Option<(u64, LeaseTask)> {
        let &Held { lease: Lease { sequence, late, .. }, claimed_at, .. } = held;
        let Some(granted) = self.granted.get(&sequence) else {
            let is_under_way = late && claimed_at.is_some();
            return is_under_way.then_some((0, LeaseTask::Late { sequence }));
        };
        let until = claimed_at.map_or(granted.since.saturating_add(UNCLAIMED), |since| {
            since.saturating_add(nanos(local.probe_timeout))
        });
        let Granted { epoch, renew_at, .. } = *granted;
        (renew_at < until && now < until && renew_at < u64::MAX)
            .then_some((renew_at, LeaseTask::Renew { sequence, epoch }))
    }

    /// Returns the next report, with the epoch in which its lease was last granted.
    pub(crate) fn next_report(&self) -> Option<Report> {
        let report = *self.reports.front()?;
        let granted = self.granted.get(&report.sequence);
        Some(Report { epoch: granted.map_or(report.epoch, |granted| granted.epoch), ..report })
    }

    /// Removes the report that was answered.
    pub(crate) fn reported(&mut self) -> Option<Report> {
        let report = self.reports.pop_front()?;
        self.granted.remove(&report.sequence);
        Some(report)
    }

    /// Returns the time at which a lease that no call has claimed must be given back.
    pub(crate) fn give_back_at(&self, local: &Local) -> Option<u64> {
        let unclaimed = local.leases.iter().filter(|held| held.claimed_at.is_none());
        let granted = unclaimed.filter_map(|held| self.granted.get(&held.lease.sequence));
        granted.map(|granted| granted.since + UNCLAIMED).min()
    }
}

/// Returns the time from which a probe may begin: after the fleet's open phase and the breaker's
/// own.
fn ends_at(local: &Local, copy: &OwnCopy) -> u64 {
    copy.until.max(local.until)
}

/// Returns whether a lease would be useful: the breaker follows a fleet that is not closed, and has
/// no lease for the next call.
fn may_ask(local: &Local, copy: &OwnCopy) -> bool {
    let has_one = local.leases.iter().any(|held| held.claimed_at.is_none());
    copy.is_open()
        && local.coordinated
        && local.epoch == copy.epoch()
        && local.forced == Forced::No
        && local.mode != Mode::Off
        && local.state != retry_runtime::CircuitState::Closed
        && !has_one
}

/// Returns the change that takes a lease back.
pub(crate) fn take_back(lease: &Lease) -> Change {
    Change::TakeBack { sequence: lease.sequence }
}
