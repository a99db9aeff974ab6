//! Who may probe a half-open breaker: slots on lease.
//!
//! A probe takes a slot and gives it back with its verdict. One that has not reported for
//! `recovery_timeout` loses the slot (not its verdict), so that probes which hang, or were forgotten, cannot
//! hold the breaker half-open for good. Each lease therefore needs a time of its own, and the word has no
//! room for one.
//!
//! # Up to 16 probes: a cell for each
//!
//! Each of the first `half_open_max_calls` cells holds a lease, or 0:
//!
//! | bits | what |
//! |---|---|
//! | 0–56 | when it was taken, in nanoseconds; what does not fit is cut off |
//! | 57–62 | the generation of its episode, likewise |
//! | 63 | taken without a permit |
//!
//! A cell is free if it holds 0, a lease of an earlier episode, or one that has expired. A probe claims it by
//! one compare-exchange from what it saw to its own lease, and gives it back by one from its lease to 0, which
//! fails without harm where the slot has been passed on. A lease of the present episode that has not expired is
//! overwritten by nobody but its holder, so there are never more of them than cells. A thread that slept through
//! its episode finds the leases of the present one taken, and one that it takes is free for everybody else: it
//! need not give it back when it finds that the word has moved on.
//!
//! What is cut off: of two leases, the one that is less than 32 generations behind is the earlier. Each episode
//! begins by clearing those of earlier ones, so that it takes a thread which slept, inside of a claim, through 32
//! generations to take a slot twice. A time that is less than 2.2 years back, and so any `recovery_timeout`, is
//! told from one ahead.
//!
//! # More than 16: one lease for the group
//!
//! `half_open_max_calls` of 65,535 would need half a megabyte of cells. Above 16 one count serves all probes,
//! with the time of the last admission beside it: slots come back together, one `recovery_timeout` after that.
//! The count shares its word ([`Group`]) with all that a compare-exchange has to see unchanged.

use crate::sync::{AtomicU64, Ordering};

const CELLS: usize = 16;

/// Marks the lease of `should_allow_request`, which hands out no permit.
const MANUAL: u64 = 1 << 63;
const EPISODE_SHIFT: u32 = 57;
const EPISODE: u64 = 0x3F;
const TIME: u64 = (1 << EPISODE_SHIFT) - 1;

// Above 16 probes the cells are not in use as such, and three of them serve the group.
const GROUP: usize = 0;
const LEASED_AT: usize = 1;
const MANUAL_GROUP: usize = 2;

pub(super) struct Slots([AtomicU64; CELLS]);

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

/// A [`Slot`] in a number of its own.
///
/// Every number is one that it may hold: where some were not, the compiler would hide in them whether a call was
/// admitted, and take the permit apart byte by byte to look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed(u32);

impl Slot {
    #[inline]
    pub(super) const fn packed(self) -> Packed {
        Packed(match self {
            Self::None => 0,
            Self::Neutral => 1,
            Self::Cell(index) => 2 | (index as u32) << 16,
            Self::Group(epoch) => 3 | (epoch as u32) << 16,
        })
    }
}

impl Packed {
    #[allow(clippy::cast_possible_truncation)] // Cut to what was packed.
    pub(super) const fn slot(self) -> Slot {
        let rest = self.0 >> 16;
        match self.0 & 0xFFFF {
            0 => Slot::None,
            1 => Slot::Neutral,
            2 => Slot::Cell(rest as u8),
            _ => Slot::Group(rest as u16),
        }
    }
}

/// Who asks for a slot, and when.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    pub(super) generation: u64,
    pub(super) limit: u16,
    pub(super) recovery_timeout: u64,
    pub(super) now: u64,
    pub(super) manual: bool,
}

impl Claim {
    /// What a claimed cell holds.
    fn lease(&self) -> u64 {
        lease(self.now, self.generation) | if self.manual { MANUAL } else { 0 }
    }

    fn free(&self, cell: u64) -> bool {
        cell == 0 || self.is_later_than(cell) || self.expired(cell)
    }

    /// The lease is of an earlier episode.
    fn is_later_than(&self, cell: u64) -> bool {
        let behind = self.generation.wrapping_sub(cell >> EPISODE_SHIFT) & EPISODE;
        behind != 0 && behind <= EPISODE / 2
    }

    fn expired(&self, cell: u64) -> bool {
        // One that was taken by a thread whose clock was read later lies ahead.
        let age = self.now.wrapping_sub(cell) & TIME;
        age >= self.recovery_timeout && age <= TIME / 2
    }

    fn group_expired(&self, leased_at: u64) -> bool {
        self.now >= leased_at.saturating_add(self.recovery_timeout)
    }
}

/// A lease with a permit; never 0, which is no lease.
fn lease(at: u64, generation: u64) -> u64 {
    ((generation & EPISODE) << EPISODE_SHIFT | at & TIME).max(1)
}

impl Slots {
    pub(super) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; CELLS])
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
                let cell = &self.0[usize::from(index)];
                let lease = lease(leased_at, generation);
                // Relaxed: see `claim_cell`. A failure means that the lease is not ours any more.
                let _ = cell.compare_exchange(lease, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
            Slot::Group(epoch) => {
                self.leave_group(GROUP, |group| group.is(generation) && group.epoch == epoch);
            }
        }
    }

    /// Gives back the oldest slot that was taken without a permit in this episode.
    pub(super) fn release_manual(&self, generation: u64, limit: u16) {
        let Some(cells) = self.cells(limit) else {
            let epoch = Group::unpack(self.0[GROUP].load(Ordering::Acquire)).epoch;
            let of_now = |group: Group| group.is(generation) && group.epoch == epoch;
            if self.leave_group(MANUAL_GROUP, of_now) {
                self.leave_group(GROUP, of_now);
            }
            return;
        };
        loop {
            let manual = cells.iter().map(|cell| (cell, cell.load(Ordering::Relaxed))).filter(
                |(_, seen)| {
                    seen & MANUAL != 0 && seen >> EPISODE_SHIFT & EPISODE == generation & EPISODE
                },
            );
            let Some((cell, seen)) = manual.min_by_key(|(_, seen)| *seen) else { return };
            if cell.compare_exchange(seen, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return;
            }
        }
    }

    /// Clears the leases of earlier episodes, at the start of one.
    ///
    /// They are free already; but they must not grow so old that they seem to lie ahead, and a manual one among
    /// them would be the oldest, which `release_manual` looks for. A group knows its whole generation.
    pub(super) fn sweep(&self, claim: Claim) {
        for cell in self.cells(claim.limit).unwrap_or_default() {
            let seen = cell.load(Ordering::Relaxed);
            if seen != 0 && claim.is_later_than(seen) {
                // A failure means that somebody has claimed it since, and the mark is gone.
                let _ = cell.compare_exchange(seen, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
        }
    }

    fn cells(&self, limit: u16) -> Option<&[AtomicU64]> {
        self.0.get(..usize::from(limit))
    }

    fn join_group(&self, claim: Claim, current: impl Fn() -> bool) -> Option<Slot> {
        let (group, leased_at) = (&self.0[GROUP], &self.0[LEASED_AT]);
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
            } else if claim.group_expired(leased_at.load(Ordering::Relaxed)) {
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
        let cell = &self.0[MANUAL_GROUP];
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
        let cell = &self.0[index];
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

#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests;
