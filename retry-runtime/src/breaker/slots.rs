//! The slots for the probes of a half-open breaker. Each slot is held by a lease.
//!
//! A probe takes a slot and gives it back with its outcome. A probe that has not reported for
//! `probe_timeout` loses the slot, but not its outcome. So probes that hang or were forgotten
//! cannot hold the breaker half-open forever. Each lease therefore needs its own time, for which
//! the packed state has no space.
//!
//! Each of the first `half_open_max_calls` cells holds a lease, or 0:
//!
//! | bits | meaning |
//! |---|---|
//! | 0–56 | when it was taken, in nanoseconds; higher bits are cut off |
//! | 57–62 | the generation of its episode, likewise |
//! | 63 | taken without a permit |
//!
//! A cell is free if it holds 0, a lease of an earlier episode or an expired lease. A probe claims
//! a cell by one compare-exchange from the value that it saw to its own lease. It gives the cell
//! back by one from its lease to 0, which fails harmlessly if the slot was passed on. Only the
//! holder overwrites an unexpired lease of the current episode, so there are never more such leases
//! than cells. A thread that slept through its episode sees the current leases as taken. If it
//! claims a free cell, others treat that lease as free. The thread releases it once it sees the new
//! state.
//!
//! # The truncated bits
//!
//! Two leases that were taken at the same time look the same if a multiple of 64 generations lies
//! between them. So no lease outlives its episode: all are cleared before the next one begins, and
//! a probe gives its slot back only while its own episode lasts.
//!
//! A sleeping thread may claim a lease too late. That lease is recognized as an earlier one for 31
//! generations. So a slot could be taken twice, or held for a `probe_timeout`, only if a thread
//! sleeps inside a claim through 32 generations, or inside `clear` until a lease that looks the
//! same is claimed.
//!
//! A time in the past is distinguished from one in the future if it is less than 2.2 years ago,
//! which covers any `probe_timeout`.
//!
//! # Orderings
//!
//! Relaxed, because each decision is made by a single compare-exchange. There is one exception: a
//! claim releases and `clear` acquires. A thread that finds a lease to clear thus also sees the
//! state in which it was claimed. It leaves the lease alone if that state is later than its own.

use super::settings::MOST_PROBES;
use crate::sync::{AtomicU64, Ordering};

/// The mark of a lease of `should_allow_request`, which returns no permit.
const MANUAL: u64 = 1 << 63;
const EPISODE_SHIFT: u32 = 57;
const EPISODE: u64 = 0x3F;
const TIME: u64 = (1 << EPISODE_SHIFT) - 1;

pub(super) struct Slots([AtomicU64; MOST_PROBES as usize]);

/// A probe that requests a slot.
#[derive(Clone, Copy)]
pub(super) struct Claim {
    pub(super) generation: u64,
    /// The number of slots.
    pub(super) limit: u8,
    /// In nanoseconds.
    pub(super) probe_timeout: u64,
    pub(super) now: u64,
    /// No permit will hold the slot.
    pub(super) manual: bool,
}

impl Claim {
    /// Returns the lease of this claim. It is never 0, which means no lease.
    fn lease(&self) -> u64 {
        let lease = (self.generation & EPISODE) << EPISODE_SHIFT | self.now & TIME;
        lease.max(1) | if self.manual { MANUAL } else { 0 }
    }

    fn finds_free(&self, cell: u64) -> bool {
        cell == 0 || self.is_later_than(cell) || self.finds_expired(cell)
    }

    /// Returns whether the lease is of an earlier episode.
    fn is_later_than(&self, cell: u64) -> bool {
        let behind = self.generation.wrapping_sub(cell >> EPISODE_SHIFT) & EPISODE;
        behind != 0 && behind <= EPISODE / 2
    }

    fn finds_expired(&self, cell: u64) -> bool {
        self.age(cell).is_some_and(|age| age >= self.probe_timeout)
    }

    /// Returns the age of a lease. `None` if a thread that read the clock later has taken it.
    fn age(&self, cell: u64) -> Option<u64> {
        let age = self.now.wrapping_sub(cell) & TIME;
        (age <= TIME / 2).then_some(age)
    }
}

impl Slots {
    pub(super) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; MOST_PROBES as usize])
    }

    /// Takes a slot. Returns `false` if none is free.
    pub(super) fn claim(&self, claim: Claim) -> bool {
        self.cells(claim.limit).any(|cell| {
            let mut seen = cell.load(Ordering::Relaxed);
            while claim.finds_free(seen) {
                match exchange(cell, seen, claim.lease()) {
                    Ok(()) => return true,
                    Err(found) => seen = found,
                }
            }
            false
        })
    }

    /// Returns whether a probe holds a slot that is not free for this claim.
    pub(super) fn any_held(&self, claim: Claim) -> bool {
        self.cells(claim.limit).any(|cell| !claim.finds_free(cell.load(Ordering::Relaxed)))
    }

    /// Gives back the slot of a claim, unless it has been passed on.
    ///
    /// Probes that were admitted in the same nanosecond have equal leases. Either probe may give
    /// back either lease.
    pub(super) fn release(&self, claim: Claim) {
        let (lease, limit) = (claim.lease(), claim.limit);
        let is_given_back = |cell: &AtomicU64| {
            cell.load(Ordering::Relaxed) == lease && exchange(cell, lease, 0).is_ok()
        };
        self.cells(limit).any(is_given_back);
    }

    /// Gives back the oldest slot of this episode that was taken without a permit and is still
    /// held.
    pub(super) fn release_manual(&self, claim: Claim) {
        let is_held = |seen: u64| {
            let of_the_episode = (seen >> EPISODE_SHIFT ^ claim.generation) & EPISODE == 0;
            seen & MANUAL != 0 && of_the_episode && !claim.finds_expired(seen)
        };
        loop {
            let cells = self.cells(claim.limit).map(|cell| (cell, cell.load(Ordering::Relaxed)));
            let held = cells.filter(|(_, seen)| is_held(*seen));
            let Some((cell, seen)) = held.max_by_key(|(_, seen)| claim.age(*seen)) else { return };
            if exchange(cell, seen, 0).is_ok() {
                return;
            }
        }
    }

    /// Clears all leases before an episode begins. `is_before` returns whether it has not begun
    /// yet.
    pub(super) fn clear(&self, limit: u8, is_before: impl Fn() -> bool) {
        for cell in self.cells(limit) {
            // Acquire: see the module documentation. If the exchange fails, a late thread has given
            // the lease back, or has claimed it and will give it back.
            let seen = cell.load(Ordering::Acquire);
            if seen != 0 && is_before() {
                let _ = exchange(cell, seen, 0);
            }
        }
    }

    fn cells(&self, limit: u8) -> impl Iterator<Item = &AtomicU64> {
        self.0.iter().take(limit.into())
    }
}

fn exchange(cell: &AtomicU64, from: u64, to: u64) -> Result<(), u64> {
    // Release: see the module documentation. Only claims need it.
    cell.compare_exchange(from, to, Ordering::Release, Ordering::Relaxed).map(drop)
}

#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests;
