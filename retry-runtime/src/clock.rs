//! The clock and the timers.
//!
//! | file | features | contents |
//! |---|---|---|
//! | `scale` | any | instants as nanoseconds |
//! | `smol` | `smol` | smol's timer |
//! | `either` | `smol` and `tokio` | the timer of the runtime that runs |
//!
//! With `tokio` the time is tokio's, so that its paused clock drives policies and breakers too. Else
//! it is std's. Without `tokio` and `smol` there is no timer, and nothing that needs one is compiled.

#[cfg(all(feature = "tokio", feature = "smol"))]
mod either;
mod scale;
#[cfg(feature = "smol")]
mod smol;

use std::time::Duration;

#[cfg(all(feature = "tokio", feature = "smol"))]
pub(crate) use either::{Sleep, sleep_until};
#[cfg(all(feature = "smol", not(feature = "tokio")))]
pub(crate) use smol::{Sleep, sleep_until};
#[cfg(not(feature = "tokio"))]
pub(crate) use std::time::Instant;
#[cfg(feature = "tokio")]
pub(crate) use tokio::time::Instant;
#[cfg(all(feature = "tokio", not(feature = "smol")))]
pub(crate) use tokio::time::{Sleep, sleep_until};

pub(crate) use scale::{from_nanos, millis, nanos};
#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) use scale::{saturating_nanos, to_nanos};

/// Returns the current instant.
#[inline]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Returns the instant this long from now, or one in some decades if the clock has none so late.
pub(crate) fn after(wait: Duration) -> Instant {
    const DECADES: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    let now = now();
    now.checked_add(wait).unwrap_or_else(|| now + DECADES)
}
