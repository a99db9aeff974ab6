//! Who may probe a half-open breaker: slots on lease.
//!
//! A probe takes a slot and gives it back with its verdict. One that has not reported for
//! `recovery_timeout` loses the slot (not its verdict), so that probes which hang, or were forgotten, cannot
//! hold the breaker half-open for good. Each lease therefore needs a time of its own, and the word has no
//! room for one.
//!
//! # Up to 16 probes: a cell for each
//!
//! Cell `i` of the first `half_open_max_calls` holds the time of its lease, or 0. It is free if it holds 0
//! or an expired lease. A probe claims it by one compare-exchange from what it saw to its own time, and gives
//! it back by one from its own time to 0, which fails without harm where the slot has been passed on. A lease
//! that has not expired is overwritten by nobody but its holder, so there are never more of them than cells.
//!
//! Cells do not name the half-open episode that they were claimed in, and need not. One that begins by itself
//! does so no earlier than a `recovery_timeout` after the trip before it, the trip came after every admission
//! of the episode before, and so all of its leases have expired by then. One that is asked for (`half_open`)
//! can begin at any time, and sets a time from before which no lease holds. Two clock readings that are apart
//! from their compare-exchange by a stalled thread can blur this by as long as the stall; a slot is then
//! missing that much longer, and never handed out twice. A claim made by a thread that slept through the
//! whole episode carries an old time, is therefore free from the start, and is given back once that thread
//! finds that the word has moved on.
//!
//! # More than 16: one lease for the group
//!
//! `half_open_max_calls` of 65,535 would need half a megabyte of cells. Above 16 one count serves all probes,
//! with the time of the last admission beside it: slots come back together, one `recovery_timeout` after that.
//! The count shares its word ([`Group`]) with all that a compare-exchange has to see unchanged.

use crate::sync::{AtomicU64, Ordering};

const CELLS: usize = 16;

/// Marks the lease of `should_allow_request`, which hands out no permit. Times stay below 2^63.
const MANUAL: u64 = 1 << 63;

// Above 16 probes the cells are not in use as such, and three of them serve the group.
const GROUP: usize = 0;
const LEASED_AT: usize = 1;
const MANUAL_GROUP: usize = 2;

pub(super) struct Slots {
    cells: [AtomicU64; CELLS],
    /// When the latest episode began that might have done so before all leases had expired.
    episode: AtomicU64,
}

/// What a permit has to give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// Nothing: it was admitted while closed.
    None,
    /// Nothing, and its verdict does not count either.
    Neutral,
    /// A cell.
    Cell(u8),
    /// A place in the group of this epoch.
    Group(u16),
}

/// Who asks for a slot, and when.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    pub(super) generation: u64,
    pub(super) limit: u16,
    pub(super) recovery_timeout: u64,
    /// Leases from before this are of no account.
    pub(super) episode: u64,
    pub(super) now: u64,
    pub(super) manual: bool,
}

impl Claim {
    /// What a claimed cell holds.
    fn lease(&self) -> u64 {
        self.now | if self.manual { MANUAL } else { 0 }
    }

    fn expired(&self, leased_at: u64) -> bool {
        self.now >= leased_at.saturating_add(self.recovery_timeout)
    }

    fn free(&self, cell: u64) -> bool {
        let leased_at = cell & !MANUAL;
        cell == 0 || leased_at < self.episode || self.expired(leased_at)
    }
}

impl Slots {
    pub(super) const fn new() -> Self {
        Self { cells: [const { AtomicU64::new(0) }; CELLS], episode: AtomicU64::new(0) }
    }

    /// Takes all leases so far for expired, at the start of an episode that somebody asked for.
    ///
    /// A lease that is taken after this has looked, in the name of the state before, is given back by whoever
    /// took it, for the word has moved on.
    pub(super) fn begin_episode(&self, limit: u16, now: u64) {
        let leases = self.cells(limit).unwrap_or_default().iter();
        let leases = leases.map(|cell| (cell.load(Ordering::Relaxed) & !MANUAL).saturating_add(1));
        let start = leases.fold(now, u64::max);
        // Relaxed: published by the change of the word that follows.
        self.episode.fetch_max(start, Ordering::Relaxed);
    }

    /// Leases from before this are of no account. For a claim, read after the word that it is made for, which
    /// has published it: relaxed is enough.
    pub(super) fn episode(&self) -> u64 {
        self.episode.load(Ordering::Relaxed)
    }

    /// Takes a slot, if one is free. `current` says whether the claim's generation is still the breaker's.
    pub(super) fn claim(&self, claim: Claim, current: impl Fn() -> bool) -> Option<Slot> {
        match self.cells(claim.limit) {
            Some(cells) => claim_cell(cells, claim),
            None => self.join_group(claim, current),
        }
    }

    /// Gives back what `claim` took at `leased_at`, if it has not been passed on.
    pub(super) fn release(&self, slot: Slot, leased_at: u64, generation: u64) {
        match slot {
            Slot::None | Slot::Neutral => {}
            Slot::Cell(index) => {
                let cell = &self.cells[usize::from(index)];
                // Relaxed: see `claim_cell`. A failure means that the lease is not ours any more.
                let _ = cell.compare_exchange(leased_at, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
            Slot::Group(epoch) => {
                self.leave_group(GROUP, |group| group.is(generation) && group.epoch == epoch);
            }
        }
    }

    /// Takes back a claim that came too late.
    pub(super) fn undo(&self, slot: Slot, claim: Claim) {
        match slot {
            Slot::Group(_) if claim.manual => self.release_manual(claim.generation, claim.limit),
            _ => self.release(slot, claim.lease(), claim.generation),
        }
    }

    /// Gives back the oldest slot that was taken without a permit.
    pub(super) fn release_manual(&self, generation: u64, limit: u16) {
        let Some(cells) = self.cells(limit) else {
            let epoch = Group::unpack(self.cells[GROUP].load(Ordering::Acquire)).epoch;
            let of_now = |group: Group| group.is(generation) && group.epoch == epoch;
            if self.leave_group(MANUAL_GROUP, of_now) {
                self.leave_group(GROUP, of_now);
            }
            return;
        };
        loop {
            let manual = cells
                .iter()
                .map(|cell| (cell, cell.load(Ordering::Relaxed)))
                .filter(|(_, seen)| seen & MANUAL != 0);
            let Some((cell, seen)) = manual.min_by_key(|(_, seen)| *seen) else { return };
            if cell.compare_exchange(seen, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return;
            }
        }
    }

    /// Clears leases that have expired, at the start of an episode.
    ///
    /// They are free already; but a manual one among them would be the oldest, and `release_manual` would
    /// take it for one of the new episode. A group needs no such thing: it knows its generation.
    pub(super) fn sweep(&self, claim: Claim) {
        for cell in self.cells(claim.limit).unwrap_or_default() {
            let seen = cell.load(Ordering::Relaxed);
            if seen != 0 && claim.free(seen) {
                // A failure means that somebody has claimed it since, and the mark is gone.
                let _ = cell.compare_exchange(seen, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }

    fn cells(&self, limit: u16) -> Option<&[AtomicU64]> {
        self.cells.get(..usize::from(limit))
    }

    fn join_group(&self, claim: Claim, current: impl Fn() -> bool) -> Option<Slot> {
        let (group, leased_at) = (&self.cells[GROUP], &self.cells[LEASED_AT]);
        // Acquire, and release below: who sees an admission counted here sees its time in `leased_at`,
        // and so cannot take a group for expired that has just been joined.
        let mut seen = group.load(Ordering::Acquire);
        loop {
            let now = Group::unpack(seen);
            let joined = if !now.is(claim.generation) {
                // Either the group is of an older episode, or this thread is. Nobody starts a group before
                // the word has reached its generation; so if the word, read after the group, has not moved,
                // the group is the older one.
                if !current() {
                    return None;
                }
                now.first_of(claim.generation)
            } else if now.count < claim.limit {
                now.joined()
            } else if claim.expired(leased_at.load(Ordering::Relaxed)) {
                now.reclaimed()
            } else {
                return None;
            };
            // Before the count, or another thread could find a full group with an expired time. One that
            // finds the full group with the new time instead is rejected, an instant before the places are
            // free. Whoever loses the compare-exchange has prolonged the lease no further than the clock.
            leased_at.fetch_max(claim.now, Ordering::Relaxed);
            match group.compare_exchange(seen, joined.pack(), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    if claim.manual {
                        self.count_manual(joined);
                    }
                    return Some(Slot::Group(joined.epoch));
                }
                Err(other) => seen = other,
            }
        }
    }

    /// Notes that one place in the group is held without a permit.
    fn count_manual(&self, joined: Group) {
        let cell = &self.cells[MANUAL_GROUP];
        let mut seen = cell.load(Ordering::Relaxed);
        loop {
            let old = Group::unpack(seen);
            let same = old.generation == joined.generation && old.epoch == joined.epoch;
            let new = Group { count: if same { old.count + 1 } else { 1 }, ..joined };
            match cell.compare_exchange(seen, new.pack(), Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => seen = other,
            }
        }
    }

    /// Takes one off a group that is `ours`; whether there was one to take.
    fn leave_group(&self, index: usize, ours: impl Fn(Group) -> bool) -> bool {
        let cell = &self.cells[index];
        let mut seen = cell.load(Ordering::Acquire);
        loop {
            let group = Group::unpack(seen);
            if !ours(group) || group.count == 0 {
                return false;
            }
            let left = Group { count: group.count - 1, ..group };
            match cell.compare_exchange(seen, left.pack(), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(other) => seen = other,
            }
        }
    }
}

/// Relaxed throughout: a cell guards no other data, and each decision is the one compare-exchange that makes
/// it.
fn claim_cell(cells: &[AtomicU64], claim: Claim) -> Option<Slot> {
    for (index, cell) in (0..).zip(cells) {
        let mut seen = cell.load(Ordering::Relaxed);
        while claim.free(seen) {
            let lease = claim.lease();
            match cell.compare_exchange(seen, lease, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Some(Slot::Cell(index)),
                Err(other) => seen = other,
            }
        }
    }
    None
}

/// The probes of more than 16, as one word.
///
/// The generation (its low 16 bits) and the epoch, which goes up whenever the slots of hanging probes are
/// handed out again, keep a late permit from giving back a place that it has lost. The sequence goes up with
/// every admission: without it, one that is given back and one that is taken would bring the old word back,
/// and a thread that read an old `leased_at` in between would hand out places that are in use.
///
/// Wraps: a verdict is dropped by the whole generation in the word before it gets here, and reaches this word
/// only for its slot; 65,536 epochs would have to pass in one episode, or 65,536 admissions between a load
/// and its compare-exchange, for one place too many to be given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    generation: u16,
    epoch: u16,
    sequence: u16,
    count: u16,
}

impl Group {
    fn unpack(bits: u64) -> Self {
        let field = |at: u32| (bits >> at & 0xFFFF) as u16;
        Self { generation: field(48), epoch: field(32), sequence: field(16), count: field(0) }
    }

    fn pack(self) -> u64 {
        u64::from(self.generation) << 48
            | u64::from(self.epoch) << 32
            | u64::from(self.sequence) << 16
            | u64::from(self.count)
    }

    fn is(self, generation: u64) -> bool {
        self.generation == (generation & 0xFFFF) as u16
    }

    fn joined(self) -> Self {
        Self { count: self.count + 1, sequence: self.sequence.wrapping_add(1), ..self }
    }

    fn reclaimed(self) -> Self {
        Self { epoch: self.epoch.wrapping_add(1), count: 0, ..self }.joined()
    }

    fn first_of(self, generation: u64) -> Self {
        Self { generation: (generation & 0xFFFF) as u16, count: 0, ..self }.joined()
    }
}
