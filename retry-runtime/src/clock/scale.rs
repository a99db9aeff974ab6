//! Instants as nanoseconds, which fit an atomic.

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as StdInstant};

use super::{Instant, from_std, now, to_std};

/// Half of the range lies before the anchor: a clock may be paused at an instant before it.
const ANCHORED_AT: u64 = 1 << 62;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Now as nanoseconds on a scale of this process; never zero, and below 2^63 for 146 years.
#[inline]
pub(crate) fn nanos() -> u64 {
    to_nanos(now())
}

/// Places an instant on the scale of [`nanos`].
#[inline]
pub(crate) fn to_nanos(instant: Instant) -> u64 {
    let instant = to_std(instant);
    // Relaxed: the number is all there is to know.
    match (Parts::of(instant), SHIFT.load(Ordering::Relaxed)) {
        (None, _) | (_, 0) => measure(instant),
        (Some(parts), shift) => parts.nanos().wrapping_add(shift),
    }
}

/// The instant that [`to_nanos`] placed there; the anchor itself, should the platform have none so early.
#[inline]
pub(crate) fn from_nanos(nanos: u64) -> Instant {
    let anchor = anchor();
    let instant = match nanos.checked_sub(ANCHORED_AT) {
        Some(after) => anchor.checked_add(Duration::from_nanos(after)),
        None => anchor.checked_sub(Duration::from_nanos(ANCHORED_AT - nanos)),
    };
    from_std(instant.unwrap_or(anchor))
}

/// What takes the [`Parts`] of an instant to the scale; 0 while that is not known, and where they are of no use.
static SHIFT: AtomicU64 = AtomicU64::new(0);

/// The instant in the middle of the scale.
fn anchor() -> StdInstant {
    // From std's clock and not from tokio's: a first use under a test clock that was advanced by a
    // day would put the anchor a day ahead of every other clock of the process.
    static ANCHOR: OnceLock<StdInstant> = OnceLock::new();
    *ANCHOR.get_or_init(|| {
        let anchor = StdInstant::now();
        // Relaxed: see `to_nanos`.
        SHIFT.store(shift(anchor).unwrap_or(0), Ordering::Relaxed);
        anchor
    })
}

/// The shift of this anchor, if the parts of instants around it agree with std's arithmetic.
fn shift(anchor: StdInstant) -> Option<u64> {
    let shift = ANCHORED_AT.wrapping_sub(Parts::of(anchor)?.nanos());
    let part = Duration::from_millis(600);
    // One of these carries from the nanoseconds into the seconds, wherever the anchor is.
    let around = [
        anchor.checked_add(Duration::from_nanos(1)),
        anchor.checked_add(part),
        anchor.checked_add(part + part),
        anchor.checked_add(Duration::from_secs(24 * 60 * 60)),
        anchor.checked_sub(part),
    ];
    let agrees = |instant: StdInstant| {
        Parts::of(instant)
            .is_some_and(|parts| parts.nanos().wrapping_add(shift) == measure_from(anchor, instant))
    };
    // What the platform cannot tell need not agree.
    around.into_iter().all(|instant| instant.is_none_or(agrees)).then_some(shift)
}

#[cold]
#[inline(never)]
fn measure(instant: StdInstant) -> u64 {
    measure_from(anchor(), instant)
}

fn measure_from(anchor: StdInstant, instant: StdInstant) -> u64 {
    match instant.checked_duration_since(anchor) {
        Some(after) => ANCHORED_AT.saturating_add(saturating_nanos(after)),
        None => ANCHORED_AT.saturating_sub(saturating_nanos(anchor - instant)).max(1),
    }
}

/// The seconds and nanoseconds of an instant, as it shows them to a hasher.
///
/// There is no other way to them, and std's subtraction of two instants takes as many instructions as all else that
/// a rejected call does. Nothing promises these parts. So they are used only where they are a number of 64 bits and
/// then one of 32, which is known when this is compiled, and agree with the subtraction, which [`shift`] tries.
#[derive(Default)]
struct Parts {
    seconds: Option<u64>,
    nanos: Option<u32>,
    others: bool,
}

impl Parts {
    #[inline]
    fn of(instant: StdInstant) -> Option<Self> {
        let mut parts = Self::default();
        instant.hash(&mut parts);
        parts.whole()
    }

    #[inline]
    fn whole(self) -> Option<Self> {
        (self.seconds.is_some() && self.nanos.is_some() && !self.others).then_some(self)
    }

    #[inline]
    fn nanos(&self) -> u64 {
        let seconds = self.seconds.unwrap_or_default().wrapping_mul(NANOS_PER_SECOND);
        seconds.wrapping_add(self.nanos.unwrap_or_default().into())
    }
}

impl Hasher for Parts {
    fn finish(&self) -> u64 {
        self.nanos()
    }

    #[inline]
    fn write(&mut self, _: &[u8]) {
        self.others = true;
    }

    #[inline]
    #[allow(clippy::cast_sign_loss)] // Bits are kept: the arithmetic wraps.
    fn write_i64(&mut self, seconds: i64) {
        self.write_u64(seconds as u64);
    }

    #[inline]
    fn write_u64(&mut self, seconds: u64) {
        self.others |= self.seconds.replace(seconds).is_some();
    }

    #[inline]
    fn write_u32(&mut self, nanos: u32) {
        self.others |= self.nanos.replace(nanos).is_some();
    }
}

/// A duration in nanoseconds; what does not fit (585 years) is the largest that does.
pub(crate) fn saturating_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn instants_are_read_in_parts_here() {
        let anchor = anchor();
        assert_eq!(Some(SHIFT.load(Ordering::Relaxed)), shift(anchor));
        assert_eq!(to_nanos(from_std(anchor)), ANCHORED_AT);
    }

    proptest! {
        #[test]
        fn an_instant_in_parts_is_where_subtraction_places_it(nanos in 0..u64::MAX >> 8) {
            let instant = anchor() + Duration::from_nanos(nanos);
            prop_assert_eq!(to_nanos(from_std(instant)), measure(instant));
            prop_assert_eq!(to_std(from_nanos(measure(instant))), instant);
        }
    }

    #[test]
    fn what_is_no_instant_has_no_parts() {
        fn parts(of: impl Hash) -> Option<u64> {
            let mut parts = Parts::default();
            of.hash(&mut parts);
            parts.whole().map(|parts| parts.nanos())
        }
        assert_eq!(parts((3_i64, 5_u32)), Some(3_000_000_005));
        assert_eq!(parts((3_u64, 5_u32)), Some(3_000_000_005));
        assert_eq!(parts(3_u64), None);
        assert_eq!(parts((3_u64, 5_u64)), None);
        assert_eq!(parts((3_u64, 4_u64, 5_u32)), None);
        assert_eq!(parts((3_u64, 5_u32, 5_u32)), None);
        assert_eq!(parts((3_u64, 5_u32, 7_u8)), None);
    }
}
