//! Random numbers for jitter.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// A generator of random numbers that need not be secret: splitmix64.
pub(crate) struct Random(u64);

impl Random {
    /// Seeds it with std's random hash keys, which differ between processes.
    pub(crate) fn new() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Draws nanoseconds from 0 up to this duration.
    pub(crate) fn up_to(&mut self, most: Duration) -> u64 {
        // The bias is negligible for jitter.
        self.next() % nanos(most).saturating_add(1)
    }

    /// Draws nanoseconds from 0.8 to 1.2 times this duration.
    pub(crate) fn about(&mut self, middle: Duration) -> u64 {
        nanos(middle).saturating_mul(4) / 5 + self.up_to(middle.saturating_mul(2) / 5)
    }
}

/// Returns a duration in nanoseconds.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_keeps_to_its_range() {
        let mut random = Random::new();
        let second = Duration::from_secs(1);
        let drawn: Vec<_> = (0..1_000).map(|_| random.about(second)).collect();
        assert!(drawn.iter().all(|nanos| (800_000_000..=1_200_000_000).contains(nanos)));
        assert!(drawn.iter().any(|nanos| *nanos < 900_000_000));
        assert!(drawn.iter().any(|nanos| *nanos > 1_100_000_000));
        assert_eq!(random.up_to(Duration::ZERO), 0);
    }
}
