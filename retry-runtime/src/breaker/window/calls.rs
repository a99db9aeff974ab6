//! The last calls, one by one, in a ring of chunks that each hold the outcomes of up to 39 calls.
//!
//! | bits of a chunk | meaning |
//! |---|---|
//! | 0–39 | the outcomes, the latest lowest, below a sentinel bit that marks their number |
//! | 40–51 | its number: one more than that of the chunk before it |
//! | 52–63 | the tag of the generation that wrote it |
//!
//! An outcome takes one bit (failed), or two if slow calls are counted too (failed, slow). One
//! chunk, the tail, takes new outcomes. If it is full or of another generation, the next chunk of
//! the ring is overwritten and becomes the tail.
//!
//! A call is recorded by exactly one compare-exchange, which also determines its position in the
//! order of calls. A bad call counts the window that ends with it before the exchange. If the
//! exchange succeeds, neither the tail nor any chunk before it has changed since. Concurrent calls
//! cannot open a breaker one call early or late.
//!
//! # Finding the tail
//!
//! The tail is the chunk whose successor does not have the next number. A hint says where to start.
//! If it is stale, a few steps forward lead to the tail. A chunk counts as the tail only if its
//! successor was read as an old chunk and the chunk itself was the same before and after that. If
//! the ring had moved on in between, the successor would have the next number. If it moves on
//! later, the compare-exchange on the successor fails.
//!
//! # Orderings
//!
//! Chunks are loaded with acquire and changed with acquire-release. So a thread that sees a chunk
//! sees the chunks before it as they were when it was started. The hint is stored with release and
//! loaded with acquire. Otherwise a thread that follows it could find its chunk blank and mistake
//! it for the first one.
//!
//! # Wrapping of the numbers
//!
//! A thread could mistake a chunk for the one that it has read only if two things happened between
//! the load and its compare-exchange: the ring moved on by a multiple of 4,096 chunks, at least
//! 77,000 calls, and left the same outcomes there. One call would then be at a wrong position in
//! the order.

use std::hint;

use super::sample::{Sample, TAG_BITS, Tally, WORDS};
use crate::sync::{AtomicU64, Ordering};

/// The longest window.
pub(super) const MOST: u32 = 1024;

const NUMBER_SHIFT: u32 = 40;
const TAG_SHIFT: u32 = 52;
const OUTCOMES: u64 = (1 << NUMBER_SHIFT) - 1;
const NUMBER: u64 = (1 << (TAG_SHIFT - NUMBER_SHIFT)) - 1;
const EVERY_OTHER: u64 = 0x5555_5555_5555_5555;

/// The index of the hint. A window takes at most 55 chunks, of 19 outcomes each, before it.
const HINT: usize = WORDS - 1;

/// The index and value of the only word that is not zero in a new ring: an empty chunk, which the
/// hint points to.
pub(super) const FIRST: (usize, u64) = (0, 1);
/// The same for words that are no ring: a hint that points nowhere.
pub(super) const NONE: (usize, u64) = (HINT, u64::MAX);

const _: () = {
    assert!(TAG_SHIFT + TAG_BITS == 64);
    assert!(Width::Two.chunks(MOST) <= HINT && Width::One.chunks(MOST) <= HINT);
};

/// The number of bits of an outcome.
#[derive(Clone, Copy)]
enum Width {
    One,
    Two,
}

impl Width {
    const fn of(with_slow: bool) -> Self {
        if with_slow { Self::Two } else { Self::One }
    }

    const fn bits(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// Returns the number of outcomes that fit in a chunk with the sentinel.
    const fn capacity(self) -> u32 {
        (NUMBER_SHIFT - 1) / self.bits()
    }

    /// Returns the sentinel of a full chunk.
    const fn full(self) -> u64 {
        1 << (self.capacity() * self.bits())
    }

    /// Returns the number of chunks of a window: the tail, which may hold a single outcome, and
    /// enough full ones for the rest.
    const fn chunks(self, window: u32) -> usize {
        1 + (window - 1).div_ceil(self.capacity()) as usize
    }
}

/// A chunk, as read.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Chunk(u64);

impl Chunk {
    /// Creates a chunk with its first outcome.
    const fn first(tag: u64, number: u64, sample: Sample, width: Width) -> Self {
        Self(tag << TAG_SHIFT | (number & NUMBER) << NUMBER_SHIFT | 1).with(sample, width)
    }

    const fn tag(self) -> u64 {
        self.0 >> TAG_SHIFT
    }

    const fn number(self) -> u64 {
        self.0 >> NUMBER_SHIFT & NUMBER
    }

    /// Returns the sentinel and the bits below it. A blank word is an empty chunk.
    const fn outcomes(self) -> u64 {
        if self.is_blank() { 1 } else { self.0 & OUTCOMES }
    }

    const fn is_blank(self) -> bool {
        self.0 & OUTCOMES == 0
    }

    const fn len(self, width: Width) -> u32 {
        self.outcomes().ilog2() / width.bits()
    }

    const fn with(self, sample: Sample, width: Width) -> Self {
        let failed = sample.failed as u64;
        let outcomes = match width {
            Width::One => self.outcomes() << 1 | failed,
            Width::Two => self.outcomes() << 2 | (sample.slow as u64) << 1 | failed,
        };
        Self(self.0 & !OUTCOMES | outcomes)
    }

    /// Returns whether this chunk was started after `other`.
    const fn follows(self, other: Self) -> bool {
        !self.is_blank() && self.number() == (other.number() + 1) & NUMBER
    }

    /// Adds up to `most` of the latest outcomes to the tally. Returns how many it added.
    fn count(self, most: u32, width: Width, tally: &mut Tally) -> u32 {
        let taken = self.len(width).min(most);
        let latest = self.0 & ((1 << (taken * width.bits())) - 1);
        let (failed, slow) = match width {
            Width::One => (latest, 0),
            Width::Two => (latest & EVERY_OTHER, latest & !EVERY_OTHER),
        };
        tally.calls += u64::from(taken);
        tally.failures += u64::from(failed.count_ones());
        tally.slow += u64::from(slow.count_ones());
        taken
    }
}

/// Records a success if the hint points to a tail with space for it. If this returns `false`,
/// [`Ring::record`] must record it.
///
/// A chunk of the right tag that is not full is the tail, however stale the hint was. `state_tag`
/// is `State::tag` of a state with no failures counted, so it has a zero where a full chunk has its
/// sentinel.
#[inline]
pub(super) fn record_good(words: &[AtomicU64; WORDS], state_tag: u64, with_slow: bool) -> bool {
    let width = Width::of(with_slow);
    let hint = words[HINT].load(Ordering::Acquire);
    let Some(word) = usize::try_from(hint).ok().and_then(|index| words.get(index)) else {
        return false;
    };
    let tail = word.load(Ordering::Acquire);
    // Compares the tag and the sentinel of a full chunk together. The hint never points to a blank
    // word.
    if (tail ^ state_tag) & (!0 << TAG_SHIFT | width.full()) != 0 {
        return false;
    }
    // Shifts the outcomes by one position. A success is a zero.
    let longer = tail + (tail & OUTCOMES) * ((1 << width.bits()) - 1);
    word.compare_exchange(tail, longer, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// The ring of one window.
pub(super) struct Ring<'a> {
    words: &'a [AtomicU64; WORDS],
    /// The number of words that are chunks.
    len: usize,
    window: u32,
    width: Width,
}

impl<'a> Ring<'a> {
    pub(super) fn of(words: &'a [AtomicU64; WORDS], window: u32, with_slow: bool) -> Self {
        let width = Width::of(with_slow);
        Self { words, len: width.chunks(window), window, width }
    }

    /// See [`History::record`](super::History::record).
    pub(super) fn record(
        &self,
        tag: u64,
        sample: Sample,
        current: impl Fn() -> bool,
    ) -> Option<Tally> {
        let mut index = self.hinted();
        let mut tail = self.load(index);
        loop {
            if tail.tag() == tag && tail.len(self.width) < self.width.capacity() {
                let longer = tail.with(sample, self.width);
                let tally = self.evaluated(index, longer, sample);
                if self.exchange(index, tail, longer).is_ok() {
                    return tally;
                }
                give_way();
                tail = self.load(index);
                continue;
            }
            let next = self.after(index);
            let successor = self.load(next);
            if successor.follows(tail) {
                (index, tail) = (next, successor);
                self.words[HINT].store(index as u64, Ordering::Release);
                continue;
            }
            let again = self.load(index);
            if again != tail {
                tail = again;
                continue;
            }
            if tail.tag() != tag && !current() {
                return None;
            }
            let first = Chunk::first(tag, tail.number() + 1, sample, self.width);
            let tally = self.evaluated(next, first, sample);
            if self.exchange(next, successor, first).is_ok() {
                self.words[HINT].store(next as u64, Ordering::Release);
                return tally;
            }
            tail = self.load(index);
        }
    }

    /// Returns the contents of the window.
    pub(super) fn tally(&self, tag: u64) -> Tally {
        // If calls overtake every attempt, an empty report is the best available.
        const LOOKS: usize = 8;
        (0..LOOKS).find_map(|_| self.look(tag)).unwrap_or_default()
    }

    fn look(&self, tag: u64) -> Option<Tally> {
        let mut index = self.hinted();
        let mut tail = self.load(index);
        // At most one round: while calls come in, any recent state of the window will do.
        for _ in 0..self.len {
            let successor = self.load(self.after(index));
            if !successor.follows(tail) {
                break;
            }
            (index, tail) = (self.after(index), successor);
        }
        if tail.tag() == tag { self.window_up_to(index, tail) } else { Some(Tally::default()) }
    }

    fn evaluated(&self, index: usize, chunk: Chunk, sample: Sample) -> Option<Tally> {
        if sample.is_bad() { self.window_up_to(index, chunk) } else { None }
    }

    /// Returns the window that ends with the latest outcome of `chunk`, or `None` if the ring has
    /// come round to it in the meantime.
    fn window_up_to(&self, mut index: usize, mut chunk: Chunk) -> Option<Tally> {
        let mut tally = Tally::default();
        let mut left = self.window;
        for _ in 0..self.len {
            left -= chunk.count(left, self.width, &mut tally);
            if left == 0 {
                break;
            }
            index = self.before(index);
            let before = self.load(index);
            if before.is_blank() || (chunk.follows(before) && before.tag() != chunk.tag()) {
                break;
            }
            if !chunk.follows(before) {
                return None;
            }
            chunk = before;
        }
        Some(tally)
    }

    fn hinted(&self) -> usize {
        let hint = usize::try_from(self.words[HINT].load(Ordering::Acquire));
        // Only indexes in bounds are stored.
        hint.ok().filter(|&index| index < self.len).unwrap_or(0)
    }

    fn after(&self, index: usize) -> usize {
        if index + 1 == self.len { 0 } else { index + 1 }
    }

    fn before(&self, index: usize) -> usize {
        if index == 0 { self.len - 1 } else { index - 1 }
    }

    fn load(&self, index: usize) -> Chunk {
        Chunk(self.words[index].load(Ordering::Acquire))
    }

    fn exchange(&self, index: usize, from: Chunk, to: Chunk) -> Result<(), Chunk> {
        self.words[index]
            .compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Acquire)
            .map(drop)
            .map_err(Chunk)
    }
}

/// Pauses briefly after a failed compare-exchange.
///
/// Without a pause, two threads take the word's cache line from each other in the middle of a step,
/// and both fail most of the time. With one, the thread that has the line records several calls.
fn give_way() {
    for _ in 0..8 {
        hint::spin_loop();
    }
}

#[cfg(all(test, not(retry_utils_shuttle)))]
mod tests;
