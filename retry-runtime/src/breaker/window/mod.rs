//! What a breaker with a failure rate looks back on.
//!
//! | file | what |
//! |---|---|
//! | `calls` | the last calls, one by one |
//! | `time` | the calls of a stretch of time, in slices |
//!
//! Both live in the same words, inside the breaker: neither allocates or locks. What they share is how a new
//! generation begins. Nothing is cleared for it: each word carries a tag of the generation that wrote it, a
//! recorder that finds another tag goes on in a fresh word, and a reader stops at it. So no verdict can slip
//! from one generation into the next, however late the thread that carries it.
//!
//! # The wrap of the tags
//!
//! A tag is the low 12 bits of the generation. History would be taken for one's own if exactly a multiple of
//! 4,096 generations had begun since without a single verdict in them, for the first verdict sets the tag
//! anew. A breaker that changes its state by itself records one in each closed generation; so only an operator
//! who changes it thousands of times, with no call in between, could bring it about. The calls from before would
//! then still count.

mod calls;
mod time;

use std::hint;
use std::mem::{self, ManuallyDrop};
use std::time::Duration;

use super::settings::violation::Violation;
use crate::sync::AtomicU64;

/// What [`failure_rate`](crate::CircuitBreaker::failure_rate) is taken over: so many calls, or so much time.
///
/// Either slides: with every call the oldest one falls out, or with every tenth of the time the oldest tenth.
///
/// | window | limits | cost of a call |
/// |---|---|---|
/// | [`calls`](Self::calls) | 1 to 1,024 | one atomic read-modify-write, whatever the number |
/// | [`time`](Self::time) | 10 ms to 24 hours | one atomic read-modify-write, for a failed or slow call two, and one reading of the clock |
///
/// The cost comes on top of the two loads of a breaker without a window. No window allocates or takes a lock:
/// its memory (448 bytes) is a part of every breaker.
///
/// ```
/// use retry_runtime::{CircuitBreaker, CircuitState, Window};
///
/// let breaker = CircuitBreaker::new("search").failure_rate(0.5, 4, Window::calls(10));
/// for good in [true, false, true, false] {
///     let permit = breaker.try_acquire()?;
///     if good { permit.success() } else { permit.failure() }
/// }
/// assert_eq!(breaker.state(), CircuitState::Open);
/// # Ok::<(), retry_runtime::CircuitOpen>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(pub(super) Span);

/// The extent of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    Calls(u32),
    Time(Duration),
}

impl Window {
    /// The last `count` calls, 1 to 1,024.
    ///
    /// The rate is taken over fewer while there are fewer, once there are `min_calls`.
    #[must_use]
    pub const fn calls(count: u32) -> Self {
        Self(Span::Calls(count))
    }

    /// The calls that ended within this long before the present one, 10 ms to 24 hours.
    ///
    /// Time passes in slices of a tenth of the window, counted from the first call that the breaker recorded.
    /// A call counts in its slice and the nine that follow: for nine tenths of the window at least, and
    /// never for longer than the window.
    #[must_use]
    pub const fn time(length: Duration) -> Self {
        Self(Span::Time(length))
    }

    /// As the recorders want it, if it keeps the rules.
    pub(super) const fn extent(self) -> Result<Extent, Violation> {
        match self.0 {
            Span::Calls(count) if count == 0 || count > calls::MOST => Err(Violation::WindowCalls),
            Span::Calls(count) => Ok(Extent::Calls(count)),
            Span::Time(length) => match time::slice(length) {
                Some(slice) => Ok(Extent::Time { slice }),
                None => Err(Violation::WindowTime),
            },
        }
    }
}

/// A window that keeps the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Calls(u32),
    /// The length of a slice, in nanoseconds.
    Time {
        slice: u64,
    },
}

/// How a call ended, as windows see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) failed: bool,
    pub(super) slow: bool,
}

impl Sample {
    pub(super) const fn is_bad(self) -> bool {
        self.failed || self.slow
    }
}

/// What a window holds, or what was counted without one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) calls: u64,
    pub(super) failures: u64,
    pub(super) slow: u64,
}

const WORDS: usize = 56;
pub(super) const TAG_BITS: u32 = 12;

/// The words of a window, of whichever kind.
pub(super) struct History([AtomicU64; WORDS]);

/// After a compare-exchange that another thread was quicker with.
///
/// At once, each would take the word's cache line from the other in the middle of its step, and both would come to
/// nothing most of the time. Let alone for a moment, whoever has the line records several calls.
#[inline]
fn give_way() {
    for _ in 0..8 {
        hint::spin_loop();
    }
}

/// A look at a window, or an entry into it, in the name of one generation.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) extent: Extent,
    /// Whether slow calls are told from quick ones, which takes a second bit per call.
    pub(super) with_slow: bool,
    pub(super) generation: u64,
}

impl View {
    const fn tag(&self) -> u64 {
        tag_of(self.generation)
    }
}

const fn tag_of(generation: u64) -> u64 {
    generation & ((1 << TAG_BITS) - 1)
}

impl History {
    pub(super) const fn new(extent: Option<Extent>) -> Self {
        let mut words = [const { AtomicU64::new(0) }; WORDS];
        let (place, first) = match extent {
            Some(Extent::Calls(_)) => calls::FIRST,
            Some(Extent::Time { .. }) | None => calls::NONE,
        };
        // Not dropped, since the model checker's atomics have a destructor, which a `const` cannot run.
        let _ = ManuallyDrop::new(mem::replace(&mut words[place], AtomicU64::new(first)));
        Self(words)
    }

    /// Enters a call. If it was a bad one: what the window holds now, as far as it can be told.
    ///
    /// `current` says whether the view's generation is still the breaker's. It is asked after a word of
    /// another generation has been read: if the generation is the breaker's even then, the other one is older.
    pub(super) fn record(
        &self,
        view: View,
        sample: Sample,
        now: impl FnOnce() -> u64,
        current: impl Fn() -> bool,
    ) -> Option<Tally> {
        match view.extent {
            Extent::Calls(count) => {
                calls::Ring::of(&self.0, count, view.with_slow).record(view.tag(), sample, current)
            }
            Extent::Time { slice } => {
                time::Slices::of(&self.0, slice).record(view.tag(), sample, now(), current)
            }
        }
    }

    /// Enters a good call into a window of calls, where that takes the usual one step and slow calls are not told
    /// from quick ones; false where more is to be done. For `tag` see [`calls::record_good`].
    #[inline]
    pub(super) fn record_good_call(&self, tag: u64) -> bool {
        calls::record_good(&self.0, tag)
    }

    /// What the window holds, for reports.
    pub(super) fn tally(&self, view: View, now: impl FnOnce() -> u64) -> Tally {
        match view.extent {
            Extent::Calls(count) => {
                calls::Ring::of(&self.0, count, view.with_slow).tally(view.tag())
            }
            Extent::Time { slice } => time::Slices::of(&self.0, slice).tally(view.tag(), now()),
        }
    }
}
