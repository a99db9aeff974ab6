//! The clock and the timers.
//!
//! With the feature `tokio`, the time is that of tokio's clock, so a paused test clock also drives
//! policies and breakers. Otherwise it is std's. Without `tokio` and `smol` there is no timer, and
//! code that needs one is not compiled.

// The clock's instant is std's, or tokio's with conversions to and from std's.
#![cfg_attr(not(feature = "tokio"), allow(clippy::useless_conversion))]

#[cfg(all(feature = "tokio", feature = "smol"))]
mod either;
#[cfg(feature = "smol")]
mod smol;

#[cfg(any(feature = "tokio", feature = "smol"))]
use std::future::Future;
#[cfg(any(feature = "tokio", feature = "smol"))]
use std::pin::Pin;
use std::sync::OnceLock;
#[cfg(any(feature = "tokio", feature = "smol"))]
use std::task::{Context, Poll};
#[cfg(not(feature = "tokio"))]
pub(crate) use std::time::Instant;
use std::time::{Duration, Instant as StdInstant};

#[cfg(all(feature = "tokio", feature = "smol"))]
use either as timers;
#[cfg(any(feature = "tokio", feature = "smol"))]
use pin_project_lite::pin_project;
#[cfg(all(feature = "smol", not(feature = "tokio")))]
use smol as timers;
#[cfg(all(feature = "tokio", not(feature = "smol")))]
use tokio::time as timers;
#[cfg(feature = "tokio")]
pub(crate) use tokio::time::Instant;

/// The position of the anchor on the scale. Half of the range lies before it, because a test clock
/// may be paused at an earlier instant.
const ANCHORED_AT: u64 = 1 << 62;

/// The instant in the middle of the scale, once [`anchor`] has set it.
static ANCHOR: OnceLock<StdInstant> = OnceLock::new();

/// Returns the current instant.
#[inline]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Returns the instant `wait` from now, or one 30 years ahead if the clock cannot represent it.
pub(crate) fn after(wait: Duration) -> Instant {
    later(now(), wait)
}

/// Returns the instant `wait` after `instant`, with the limit of [`after`].
pub(crate) fn later(instant: Instant, wait: Duration) -> Instant {
    const DECADES: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    instant.checked_add(wait).unwrap_or_else(|| instant + DECADES)
}

#[cfg(any(feature = "tokio", feature = "smol"))]
pin_project! {
    /// A timer that also ends if the clock has reached its end while the runtime's timer is
    /// pending. tokio's timers stay pending while a task has used up its cooperative budget.
    pub(crate) struct Sleep {
        until: Instant,
        #[pin]
        timer: timers::Sleep,
    }
}

#[cfg(any(feature = "tokio", feature = "smol"))]
impl Sleep {
    pub(crate) fn until(until: Instant) -> Self {
        Self { until, timer: timers::sleep_until(until) }
    }

    /// Returns the instant at which the timer ends.
    pub(crate) const fn end(&self) -> Instant {
        self.until
    }
}

#[cfg(any(feature = "tokio", feature = "smol"))]
impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.timer.poll(context).is_ready() || now() >= *this.until {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// Returns a timer for this duration, or `None` if no timer works here.
#[cfg(all(
    any(feature = "reqwest", feature = "reqwest-0-12"),
    any(feature = "tokio", feature = "smol")
))]
pub(crate) fn timer(wait: Duration) -> Option<Sleep> {
    // tokio's timer needs its runtime; smol's does not.
    #[cfg(feature = "smol")]
    let is_here = true;
    #[cfg(not(feature = "smol"))]
    let is_here = tokio::runtime::Handle::try_current().is_ok();
    is_here.then(|| Sleep::until(after(wait)))
}

/// Without a feature that has timers there is none.
#[cfg(all(
    any(feature = "reqwest", feature = "reqwest-0-12"),
    not(any(feature = "tokio", feature = "smol"))
))]
pub(crate) fn timer(_: Duration) -> Option<std::future::Pending<()>> {
    None
}

/// Returns the current time in nanoseconds on a scale of this process. It is never zero, and below
/// 2^63 for 146 years.
pub(crate) fn nanos() -> u64 {
    to_nanos(now())
}

/// Returns the current time on the scale of [`nanos`], in milliseconds.
pub(crate) fn millis() -> u64 {
    nanos() / 1_000_000
}

/// Places an instant on the scale of [`nanos`].
pub(crate) fn to_nanos(instant: Instant) -> u64 {
    let instant = StdInstant::from(instant);
    match ANCHOR.get().and_then(|&anchor| instant.checked_duration_since(anchor)) {
        Some(after) => since_anchor(after),
        None => place(&instant),
    }
}

/// The general case of [`to_nanos`]: the first instant of the process, and instants before the
/// anchor.
#[cold]
fn place(instant: &StdInstant) -> u64 {
    let anchor = anchor();
    match instant.checked_duration_since(anchor) {
        Some(after) => since_anchor(after),
        None => ANCHORED_AT.saturating_sub(saturating_nanos(anchor - *instant)).max(1),
    }
}

/// Returns the position of the instant that is this long after the anchor.
pub(crate) fn since_anchor(after: Duration) -> u64 {
    ANCHORED_AT.saturating_add(saturating_nanos(after))
}

/// Returns the instant that [`to_nanos`] placed at `nanos`, or the anchor if the clock has none
/// there.
pub(crate) fn from_nanos(nanos: u64) -> Instant {
    let anchor = anchor();
    let instant = match nanos.checked_sub(ANCHORED_AT) {
        Some(after) => anchor.checked_add(Duration::from_nanos(after)),
        None => anchor.checked_sub(Duration::from_nanos(ANCHORED_AT - nanos)),
    };
    instant.unwrap_or(anchor).into()
}

/// Returns the instant in the middle of the scale.
fn anchor() -> StdInstant {
    // Read from std's clock, not tokio's. A first use under a test clock that was advanced by a day
    // would put the anchor a day ahead of every other clock of the process.
    *ANCHOR.get_or_init(StdInstant::now)
}

/// Converts a duration to nanoseconds. A duration that does not fit (585 years) becomes `u64::MAX`.
pub(crate) const fn saturating_nanos(duration: Duration) -> u64 {
    // Uses 64 bits, unlike `as_nanos`, which uses 128.
    let seconds = duration.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(duration.subsec_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_instant_keeps_its_place(nanos in 0..u64::MAX >> 8) {
            let instant = Instant::from(anchor() + Duration::from_nanos(nanos));
            prop_assert_eq!(to_nanos(instant), ANCHORED_AT + nanos);
            prop_assert_eq!(from_nanos(to_nanos(instant)), instant);
        }
    }

    #[test]
    fn what_does_not_fit_becomes_the_end_of_the_scale() {
        let nanos = |after_anchor| since_anchor(Duration::from_nanos(after_anchor));
        assert_eq!(nanos(u64::MAX - ANCHORED_AT), u64::MAX);
        assert_eq!(nanos(u64::MAX - ANCHORED_AT - 1), u64::MAX - 1);
        let most = Duration::from_nanos(u64::MAX);
        for longer in [most + Duration::from_nanos(1), most * 2, Duration::MAX] {
            assert_eq!((saturating_nanos(longer), since_anchor(longer)), (u64::MAX, u64::MAX));
        }
    }

    #[test]
    fn instants_before_the_anchor_have_a_place_too() {
        if let Some(early) = anchor().checked_sub(Duration::from_secs(1)).map(Instant::from) {
            assert_eq!(to_nanos(early), ANCHORED_AT - 1_000_000_000);
            assert_eq!(from_nanos(to_nanos(early)), early);
        }
    }
}
