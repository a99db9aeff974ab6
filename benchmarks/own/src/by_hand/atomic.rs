//! A breaker in one atomic integer.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

// Bits 0 and 1 hold the state, 2 to 17 the failures in a row, the others the millisecond at which
// it opened.
const STATE: u64 = 0b11;
const CLOSED: u64 = 0;
const OPEN: u64 = 1;
const HALF_OPEN: u64 = 2;
const ONE_FAILURE: u64 = 1 << 2;
const FAILURES: u64 = 0xFFFF << 2;
const OPENED_SHIFT: u32 = 18;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Opens after a number of failures in a row. After the recovery time it lets one call through,
/// whose outcome decides.
#[derive(Debug)]
pub struct AtomicBreaker {
    word: AtomicU64,
    threshold: u64,
    recovery: Duration,
}

impl AtomicBreaker {
    /// Creates a closed breaker. The threshold is at most 65,535.
    #[must_use]
    pub const fn new(threshold: u16, recovery: Duration) -> Self {
        Self { word: AtomicU64::new(CLOSED), threshold: threshold as u64 * ONE_FAILURE, recovery }
    }

    /// Returns whether the call is admitted. `success` or `failure` must follow.
    #[inline]
    pub fn admit(&self) -> bool {
        let word = self.word.load(Ordering::Acquire);
        word & STATE == CLOSED || self.probe(word)
    }

    fn probe(&self, word: u64) -> bool {
        let opened = Duration::from_millis(word >> OPENED_SHIFT);
        word & STATE == OPEN
            && BEGAN.elapsed().saturating_sub(opened) >= self.recovery
            && self
                .word
                .compare_exchange(word, HALF_OPEN, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
    }

    /// Records a success.
    #[inline]
    pub fn success(&self) {
        let word = self.word.load(Ordering::Acquire);
        if word != CLOSED {
            self.change(|word| (word & STATE != OPEN).then_some(CLOSED));
        }
    }

    /// Records a failure.
    #[inline]
    pub fn failure(&self) {
        self.change(|word| match word & STATE {
            CLOSED if (word & FAILURES) + ONE_FAILURE < self.threshold => Some(word + ONE_FAILURE),
            CLOSED | HALF_OPEN => Some(opened_now()),
            _ => None,
        });
    }

    /// Closes the breaker and clears its failures.
    pub fn reset(&self) {
        self.word.store(CLOSED, Ordering::Release);
    }

    /// Opens the breaker.
    pub fn trip(&self) {
        self.word.store(opened_now(), Ordering::Release);
    }

    #[inline]
    fn change(&self, change: impl FnMut(u64) -> Option<u64>) {
        self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, change).ok();
    }
}

fn opened_now() -> u64 {
    let millis = u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX);
    (millis << OPENED_SHIFT) | OPEN
}

#[cfg(test)]
mod tests {
    use super::AtomicBreaker;
    use std::time::Duration;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn it_opens_probes_and_closes() {
        let mut breaker = AtomicBreaker::new(2, HOUR);
        breaker.failure();
        breaker.success();
        breaker.failure();
        assert!(breaker.admit(), "a success between them");
        breaker.failure();
        assert!(!breaker.admit(), "two failures in a row");
        // Replaces the wait for the end of the open phase.
        breaker.recovery = Duration::ZERO;
        assert!(breaker.admit(), "one probe");
        assert!(!breaker.admit(), "and no second");
        breaker.success();
        assert!(breaker.admit());
    }

    #[test]
    fn a_failed_probe_opens_it_again() {
        let mut breaker = AtomicBreaker::new(1, Duration::ZERO);
        breaker.failure();
        assert!(breaker.admit());
        breaker.recovery = HOUR;
        breaker.failure();
        assert!(!breaker.admit());
    }
}
