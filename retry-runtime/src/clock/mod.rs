//! The one place that reads the time and makes timers.
//!
//! | file | with the features | what |
//! |---|---|---|
//! | `scale` | any | instants as nanoseconds |
//! | `smol` | `smol` without `tokio` | its timer |
//! | `either` | both | the timer of the runtime that runs |
//!
//! With `tokio` the time is tokio's, so that a paused test clock drives policies and breakers too; without it, std's.
//! Without `tokio` and `smol` there is no timer, and nothing that would need one is compiled.

#[cfg(all(feature = "tokio", feature = "smol"))]
mod either;
mod scale;
#[cfg(feature = "smol")]
mod smol;

use std::time::{Duration, Instant as StdInstant};

#[cfg(feature = "tokio")]
pub(crate) use tokio::time::Instant;

#[cfg(not(feature = "tokio"))]
pub(crate) use std::time::Instant;

#[cfg(all(feature = "tokio", not(feature = "smol")))]
pub(crate) use tokio::time::{Sleep, sleep_until};

#[cfg(all(feature = "smol", not(feature = "tokio")))]
pub(crate) use smol::{Sleep, sleep_until};

#[cfg(all(feature = "tokio", feature = "smol"))]
pub(crate) use either::{Sleep, sleep_until};

pub(crate) use scale::{from_nanos, millis, nanos};
#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) use scale::{saturating_nanos, to_nanos};

/// The current instant.
#[inline]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The instant this long from now; one beyond what the clock can tell is decades away.
pub(crate) fn after(wait: Duration) -> Instant {
    const DECADES: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    let now = now();
    now.checked_add(wait).unwrap_or_else(|| now + DECADES)
}

#[cfg(feature = "tokio")]
#[inline]
fn to_std(instant: Instant) -> StdInstant {
    instant.into_std()
}

#[cfg(feature = "tokio")]
#[inline]
fn from_std(instant: StdInstant) -> Instant {
    Instant::from_std(instant)
}

#[cfg(not(feature = "tokio"))]
#[inline]
fn to_std(instant: Instant) -> StdInstant {
    instant
}

#[cfg(not(feature = "tokio"))]
#[inline]
fn from_std(instant: StdInstant) -> Instant {
    instant
}
