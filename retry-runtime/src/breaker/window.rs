//! The calls over which a failure rate is taken.
//!
//! | file | contents |
//! |---|---|
//! | `calls` | the last calls, one by one |
//! | `time` | the calls of a period of time, in slices |
//!
//! Both use the same words, inside the breaker, and neither allocates nor locks. A new generation
//! clears nothing. Each word carries a tag of the generation that wrote it. A recorder that finds
//! another tag continues in a fresh word, and a reader stops there. So no outcome leaks from one
//! generation into the next, however late its thread is.
//!
//! # Wrapping of the tags
//!
//! A tag is the low 12 bits of the generation. Old contents would look current only if exactly a
//! multiple of 4,096 generations began without a single outcome in them, because the first outcome
//! renews the tag. A breaker that changes its state automatically records one in each closed
//! generation. So this takes an operator who changes the state thousands of times without a call in
//! between. Calls from before would then still count.

mod calls;
mod sample;
mod time;

use std::mem::{self, ManuallyDrop};
use std::num::NonZeroU64;
use std::time::Duration;

pub(super) use sample::{Sample, TAG_BITS, Tally};
use sample::{TAG, WORDS};

use super::settings::rules;
use crate::clock::saturating_nanos;
use crate::setters::Rule;
use crate::sync::AtomicU64;

/// The calls over which [`failure_rate`](crate::CircuitBreaker::failure_rate) is taken: the last
/// calls, or those of a period of time.
///
/// Both kinds slide. Each call replaces the oldest call, and each tenth of the time replaces the
/// oldest tenth.
///
/// | window | limits | reads the clock |
/// |---|---|---|
/// | [`calls`](Self::calls) | 1 to 1,024 | no |
/// | [`time`](Self::time) | 10 ms to 24 hours | for each call |
///
/// A window neither allocates nor takes a lock. Its memory is part of every breaker.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{CircuitBreaker, CircuitState, Window};
///
/// let breaker = CircuitBreaker::new("search").failure_rate(0.5, 4, Window::calls(10));
/// for good in [true, false, true, false] {
///     let permit = breaker.try_acquire()?;
///     if good { permit.success() } else { permit.failure() }
/// }
/// assert_eq!(breaker.state(), CircuitState::Open);
/// # Ok::<(), retry_utils::CircuitOpen>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(UncheckedExtent);

/// The extent as the caller gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UncheckedExtent {
    Calls(u32),
    Time { nanos: u64 },
}

/// An extent within the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Calls(u32),
    /// The length of a slice, in nanoseconds.
    Time {
        slice: NonZeroU64,
    },
}

impl Window {
    /// Creates a window of the last `count` calls, 1 to 1,024.
    ///
    /// While the window has fewer calls, the rate is taken over those, starting at `min_calls`.
    #[must_use]
    pub const fn calls(count: u32) -> Self {
        Self(UncheckedExtent::Calls(count))
    }

    /// Creates a window of the calls that ended within this time, 10 ms to 24 hours.
    ///
    /// Time is divided into slices of a tenth of the window, starting with the first recorded call.
    /// A call counts in its slice and the nine that follow: for at least nine tenths of the window,
    /// and never longer than the window.
    #[must_use]
    pub const fn time(length: Duration) -> Self {
        // A length that does not fit is far above the limit.
        Self(UncheckedExtent::Time { nanos: saturating_nanos(length) })
    }

    /// Returns the number of calls, or `None` for a window of time.
    pub(crate) const fn max_calls(self) -> Option<u32> {
        match self.0 {
            UncheckedExtent::Calls(count) => Some(count),
            UncheckedExtent::Time { .. } => None,
        }
    }

    /// Returns the extent, or the rule that the window breaks.
    pub(super) const fn extent(self) -> Result<Extent, Rule> {
        const LONGEST: u64 = 24 * 60 * 60 * 1_000_000_000;
        match self.0 {
            UncheckedExtent::Calls(count) if count == 0 || count > calls::MOST => {
                Err(rules::WINDOW_CALLS)
            }
            UncheckedExtent::Calls(count) => Ok(Extent::Calls(count)),
            UncheckedExtent::Time { nanos } if nanos < 10_000_000 || nanos > LONGEST => {
                Err(rules::WINDOW_TIME)
            }
            UncheckedExtent::Time { nanos } => match time::slice_of(nanos) {
                Some(slice) => Ok(Extent::Time { slice }),
                None => Err(rules::WINDOW_TIME),
            },
        }
    }
}

/// The words of a window of either kind.
pub(super) struct History([AtomicU64; WORDS]);

/// A window as one generation sees it.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) extent: Extent,
    /// Counts slow calls too, which takes a second bit per call.
    pub(super) with_slow: bool,
    pub(super) generation: u64,
}

impl View {
    const fn tag(&self) -> u64 {
        self.generation & TAG
    }
}

impl History {
    pub(super) const fn new(extent: Option<Extent>) -> Self {
        let mut words = [const { AtomicU64::new(0) }; WORDS];
        let (place, first) = match extent {
            Some(Extent::Calls(_)) => calls::FIRST,
            Some(Extent::Time { .. }) | None => calls::NONE,
        };
        // Not dropped: the model checker's atomics have a destructor, which a `const` cannot run.
        let _ = ManuallyDrop::new(mem::replace(&mut words[place], AtomicU64::new(first)));
        Self(words)
    }

    /// Records a call. Returns the contents of the window if the call was bad, the window could be
    /// counted and `opens` accepts the tally. Only windows of time use `now`.
    ///
    /// `current` returns whether the view's generation is still the breaker's. It is called after a
    /// word of another generation was read. If it then returns `true`, that other generation is
    /// older.
    #[inline]
    pub(super) fn record(
        &self,
        view: View,
        sample: Sample,
        now: u64,
        current: impl Fn() -> bool,
        opens: impl Fn(&Tally) -> bool,
    ) -> Option<Tally> {
        match view.extent {
            Extent::Calls(count) => calls::Ring::of(&self.0, count, view.with_slow)
                .record(view.tag(), sample, current)
                .filter(opens),
            // In both arms, so that `opens` is inlined into the code that counts the window.
            Extent::Time { slice } => time::Slices::of(&self.0, slice)
                .record(view.tag(), sample, now, current)
                .filter(opens),
        }
    }

    /// Records a good call in a window of calls; see [`calls::record_good`].
    #[inline]
    pub(super) fn record_good_call(&self, state_tag: u64, with_slow: bool) -> bool {
        calls::record_good(&self.0, state_tag, with_slow)
    }

    /// Records a good call in a window of time; see [`time::Slices::record_good`].
    pub(super) fn record_good_at(&self, slice: NonZeroU64, generation: u64, now: u64) -> bool {
        time::Slices::of(&self.0, slice).record_good(generation & TAG, now)
    }

    /// Returns the contents of the window, for reports.
    pub(super) fn tally(&self, view: View, now: impl FnOnce() -> u64) -> Tally {
        match view.extent {
            Extent::Calls(count) => {
                calls::Ring::of(&self.0, count, view.with_slow).tally(view.tag())
            }
            Extent::Time { slice } => time::Slices::of(&self.0, slice).tally(view.tag(), now()),
        }
    }
}
