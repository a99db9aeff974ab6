//! The one place that reads the time and makes timers.
//!
//! Time is tokio's, so that a paused test clock drives policies and breakers too.

use std::sync::OnceLock;
use std::time::Duration;

pub(crate) use tokio::time::{Instant, Sleep, sleep_until};

/// Half of the range lies before the anchor: a clock may be paused at an instant before it.
const ANCHORED_AT: u64 = 1 << 62;

/// The current instant of tokio's clock.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The instant this long from now; one beyond what the clock can tell is decades away.
pub(crate) fn after(wait: Duration) -> Instant {
    const DECADES: Duration = Duration::from_hours(30 * 365 * 24);
    let now = now();
    now.checked_add(wait).unwrap_or_else(|| now + DECADES)
}

/// Now as nanoseconds on a scale of this process; never zero, and below 2^63 for 146 years.
pub(crate) fn nanos() -> u64 {
    to_nanos(now())
}

/// Places an instant on the scale of [`nanos`].
pub(crate) fn to_nanos(instant: Instant) -> u64 {
    let instant = instant.into_std();
    match instant.checked_duration_since(anchor()) {
        Some(after) => ANCHORED_AT.saturating_add(saturating_nanos(after)),
        None => ANCHORED_AT.saturating_sub(saturating_nanos(anchor() - instant)).max(1),
    }
}

/// The instant that [`to_nanos`] placed there; the anchor itself, should the platform have none so early.
pub(crate) fn from_nanos(nanos: u64) -> Instant {
    let instant = match nanos.checked_sub(ANCHORED_AT) {
        Some(after) => anchor().checked_add(Duration::from_nanos(after)),
        None => anchor().checked_sub(Duration::from_nanos(ANCHORED_AT - nanos)),
    };
    Instant::from_std(instant.unwrap_or_else(anchor))
}

/// The instant in the middle of the scale.
fn anchor() -> std::time::Instant {
    // From std's clock and not from tokio's: a first use under a test clock that was advanced by a
    // day would put the anchor a day ahead of every other clock of the process.
    static ANCHOR: OnceLock<std::time::Instant> = OnceLock::new();
    *ANCHOR.get_or_init(std::time::Instant::now)
}

/// A duration in nanoseconds; what does not fit (585 years) is the largest that does.
pub(crate) fn saturating_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
