//! The calls of a period of time, in slices of a tenth of it.
//!
//! Each slice in which a call is recorded gets the next place in a ring of 16. The head identifies
//! the current slice:
//!
//! | bits of the head | meaning |
//! |---|---|
//! | 0–11 | the tag of the generation |
//! | 12–23 | the number of the place: one more than that of the place before it |
//! | 24–63 | the slice of time, counted from the first recorded call |
//!
//! The low 24 bits are the stamp of the place. A place has one word for its calls (40 bits below
//! the stamp), and one for its failed and slow calls (20 bits each). A count with another stamp is
//! void. When time has moved on, or the head is of another generation, the head moves to the next
//! place. Its former value is kept with the place that it leaves, so readers know how old that
//! place is.
//!
//! # Orderings
//!
//! The head is loaded with acquire and changed with acquire-release, so a thread that sees it also
//! sees its former values. The same holds for counts: a thread that sees a failure also sees the
//! call that failed, which was added first. Bad calls in two slices must see each other, which
//! takes a fence: see `record`.
//!
//! # Wrapping of the numbers
//!
//! The words of a place are stamped anew in every round of the ring. Only a thread that slept
//! through 2,048 slices between two instructions could mistake a stamp. If more than 4,096 closed
//! generations record calls in one slice, the heads of that slice stop growing, and a reader sees
//! only the latest of these heads. The slice number wraps after 2^40 slices of at least 1 ms, which
//! is 34 years.
//!
//! A million failures within one slice start another place for it. A window with more than six
//! million of them can thus be shorter than configured.

use std::num::NonZeroU64;

use super::sample::{Sample, TAG, TAG_BITS, Tally, WORDS};
use crate::sync::{AtomicU64, Ordering, fence};

/// The number of slices of a window.
const SLICES: u64 = 10;
/// The number of places. A power of two, so a place's number gives its index even when it wraps.
const PLACES: usize = 16;

const HEAD: usize = 0;
const ORIGIN: usize = 1;
const HEADS_BEFORE: usize = 2;
const CALLS: usize = HEADS_BEFORE + PLACES;
const FAULTS: usize = CALLS + PLACES;

const NUMBER_SHIFT: u32 = TAG_BITS;
const STAMP_BITS: u32 = 24;
const NUMBER: u64 = (1 << (STAMP_BITS - NUMBER_SHIFT)) - 1;
const STAMP: u64 = (1 << STAMP_BITS) - 1;
const SLICE: u64 = u64::MAX >> STAMP_BITS;

const COUNT_BITS: u32 = 64 - STAMP_BITS;
const SLOW_SHIFT: u32 = COUNT_BITS / 2;
const MOST_FAULTS: u64 = (1 << SLOW_SHIFT) - 1;

const _: () = assert!(FAULTS + PLACES <= WORDS && PLACES as u64 > SLICES);

/// The head, as read.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Head(u64);

impl Head {
    const fn new(slice: u64, number: u64, tag: u64) -> Self {
        Self((slice & SLICE) << STAMP_BITS | (number & NUMBER) << NUMBER_SHIFT | tag)
    }

    const fn tag(self) -> u64 {
        self.0 & TAG
    }

    const fn number(self) -> u64 {
        self.0 >> NUMBER_SHIFT & NUMBER
    }

    const fn slice(self) -> u64 {
        self.0 >> STAMP_BITS
    }

    const fn stamp(self) -> u64 {
        self.0 & STAMP
    }

    const fn place(self) -> usize {
        // At most 4,095.
        #[allow(clippy::cast_possible_truncation)]
        let number = self.number() as usize;
        number % PLACES
    }

    const fn next(self, slice: u64, tag: u64) -> Self {
        let slice = if slice > self.slice() { slice } else { self.slice() };
        Self::new(slice, self.number() + 1, tag)
    }
}

/// The reason why a count could not be raised.
enum Refused {
    /// The count is at its maximum.
    Full,
    /// The place was given to a later slice.
    PassedOn,
}

/// The slices of one window.
#[derive(Clone, Copy)]
pub(super) struct Slices<'a> {
    words: &'a [AtomicU64; WORDS],
    /// The length of a slice, in nanoseconds.
    length: NonZeroU64,
}

/// Returns the length of a slice: a tenth of the window, rounded up.
pub(super) const fn slice_of(window: u64) -> Option<NonZeroU64> {
    NonZeroU64::new(window.div_ceil(SLICES))
}

impl<'a> Slices<'a> {
    pub(super) const fn of(words: &'a [AtomicU64; WORDS], length: NonZeroU64) -> Self {
        Self { words, length }
    }

    /// See [`History::record`](super::History::record).
    #[inline]
    pub(super) fn record(
        self,
        tag: u64,
        sample: Sample,
        now: u64,
        current: impl Fn() -> bool,
    ) -> Option<Tally> {
        let (origin, mut head) = (self.origin(now), self.head());
        if !self.is_at(head, tag, now, origin) {
            head = self.move_to(self.slice_at(now, origin), tag, head, current)?;
        }
        self.raise(CALLS, head, 1).ok()?;
        let faults = u64::from(sample.failed) | u64::from(sample.slow) << SLOW_SHIFT;
        if faults == 0 {
            return None;
        }
        loop {
            match self.raise(FAULTS, head, faults) {
                Ok(()) => break,
                Err(Refused::PassedOn) => return None,
                Err(Refused::Full) => {
                    // Continues in another place for the same slice.
                    head = self.move_on(head, head.next(head.slice(), tag));
                    if head.tag() != tag {
                        return None;
                    }
                }
            }
        }
        // Two bad calls in two slices each add to their own word and then read the other's. Without
        // the fences, neither would have to see the other. The rate that they reach together could
        // then go unnoticed until the next failure.
        fence(Ordering::SeqCst);
        let latest = self.head();
        (latest.tag() == tag).then(|| self.sum(latest, latest.slice()))
    }

    /// Records a good call in one update, if the head's slice is not over and already has a call.
    /// If this returns `false`, [`record`](Self::record) must record it.
    pub(super) fn record_good(self, tag: u64, now: u64) -> bool {
        let (origin, head) = (self.origin(now), self.head());
        if !self.is_at(head, tag, now, origin) {
            return false;
        }
        let calls = &self.words[CALLS + head.place()];
        let counted = calls.load(Ordering::Relaxed);
        counted >> COUNT_BITS == head.stamp()
            && calls
                .compare_exchange(counted, counted + 1, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// Returns the contents of the window.
    pub(super) fn tally(self, tag: u64, now: u64) -> Tally {
        let head = self.head();
        if head.tag() != tag {
            return Tally::default();
        }
        // A reader must not set the origin. Relaxed: see `origin`.
        let origin = self.words[ORIGIN].load(Ordering::Relaxed);
        self.sum(head, self.slice_at(now, origin))
    }

    /// Returns the window that ends in `slice`, or in the head's slice if that is later.
    #[inline]
    fn sum(self, head: Head, slice: u64) -> Tally {
        let mut tally = Tally::default();
        let last = slice.max(head.slice());
        let mut place = head;
        for _ in 0..PLACES {
            if place.slice() + SLICES <= last {
                break;
            }
            let faults = self.count(FAULTS, place).unwrap_or_default();
            // In this order, and both or none. If a place has no calls, it was given to a later
            // slice since its faults were read, or nothing has been counted in it yet.
            if let Some(calls) = self.count(CALLS, place) {
                tally.calls += calls;
                tally.failures += faults & MOST_FAULTS;
                tally.slow += faults >> SLOW_SHIFT;
            }
            let before = self.head_before(place);
            let number = place.number().wrapping_sub(1) & NUMBER;
            if before.tag() != place.tag() || before.number() != number {
                break;
            }
            place = before;
        }
        tally
    }

    /// Returns whether the head is of this generation and its slice is not over. Avoids the
    /// division that would compute the slice.
    fn is_at(self, head: Head, tag: u64, now: u64, origin: u64) -> bool {
        let slice_end = (head.slice() + 1).saturating_mul(self.length.get());
        head.tag() == tag && now < origin.saturating_add(slice_end)
    }

    /// Moves the head on until it is of this generation, and in this slice or a later one. Returns
    /// `None` if the generation is over.
    #[cold]
    fn move_to(
        self,
        slice: u64,
        tag: u64,
        mut head: Head,
        current: impl Fn() -> bool,
    ) -> Option<Head> {
        while head.tag() != tag || head.slice() < slice {
            if head.tag() != tag && !current() {
                return None;
            }
            head = self.move_on(head, head.next(slice, tag));
        }
        Some(head)
    }

    /// Moves the head to `next`, unless another thread has moved it. Returns the new head.
    fn move_on(self, head: Head, next: Head) -> Head {
        // Written before the head, so a thread that sees the next head sees this value. The greater
        // value wins: heads only grow, and a late thread must not bring back an old one.
        self.words[HEADS_BEFORE + head.place()].fetch_max(head.0, Ordering::AcqRel);
        let moved =
            self.words[HEAD].compare_exchange(head.0, next.0, Ordering::AcqRel, Ordering::Acquire);
        if let Err(found) = moved {
            return Head(found);
        }
        // The place may never get its own failure. Without this, its stamp could become old enough
        // to look new. If the exchange fails, a faster thread has done the same, or is in a later
        // round.
        let faults = &self.words[FAULTS + next.place()];
        let seen = faults.load(Ordering::Relaxed);
        let stamp = seen >> COUNT_BITS;
        if stamp != next.stamp() && !is_later(stamp >> NUMBER_SHIFT, next.number()) {
            let fresh = next.stamp() << COUNT_BITS;
            let _ = faults.compare_exchange(seen, fresh, Ordering::AcqRel, Ordering::Relaxed);
        }
        next
    }

    /// Adds to a count of the head's place.
    #[inline]
    fn raise(self, kind: usize, head: Head, by: u64) -> Result<(), Refused> {
        let word = &self.words[kind + head.place()];
        let mut seen = word.load(Ordering::Relaxed);
        loop {
            let stamp = seen >> COUNT_BITS;
            let counted = if stamp == head.stamp() {
                seen
            } else if is_later(stamp >> NUMBER_SHIFT, head.number()) {
                return Err(Refused::PassedOn);
            } else {
                head.stamp() << COUNT_BITS
            };
            if kind == FAULTS && is_full(counted, by) {
                return Err(Refused::Full);
            }
            match word.compare_exchange(seen, counted + by, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(found) => seen = found,
            }
        }
    }

    /// Returns the count of a place, if anything was counted in it.
    fn count(self, kind: usize, head: Head) -> Option<u64> {
        let word = self.words[kind + head.place()].load(Ordering::Acquire);
        (word >> COUNT_BITS == head.stamp()).then_some(word & ((1 << COUNT_BITS) - 1))
    }

    fn head(self) -> Head {
        Head(self.words[HEAD].load(Ordering::Acquire))
    }

    /// Returns the value of the head at the place before this one.
    fn head_before(self, head: Head) -> Head {
        let place = (head.place() + PLACES - 1) % PLACES;
        Head(self.words[HEADS_BEFORE + place].load(Ordering::Acquire))
    }

    fn slice_at(self, now: u64, origin: u64) -> u64 {
        (now.saturating_sub(origin) / self.length) & SLICE
    }

    /// Returns when the first call was recorded. If none was, returns `now` and sets it.
    fn origin(self, now: u64) -> u64 {
        let origin = &self.words[ORIGIN];
        // Relaxed: it guards nothing, and is set once.
        match origin.load(Ordering::Relaxed) {
            0 => match origin.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => now,
                Err(first) => first,
            },
            first => first,
        }
    }
}

/// Returns whether `number` belongs to a later round than `than`.
const fn is_later(number: u64, than: u64) -> bool {
    let ahead = number.wrapping_sub(than) & NUMBER;
    ahead != 0 && ahead <= NUMBER / 2
}

/// Returns whether one of the two counts has no space for its share of `by`.
fn is_full(counted: u64, by: u64) -> bool {
    let full = |count: u64, by: u64| count & MOST_FAULTS == MOST_FAULTS && by & MOST_FAULTS != 0;
    full(counted, by) || full(counted >> SLOW_SHIFT, by >> SLOW_SHIFT)
}

#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests;
