//! Events that somebody outside could cause without end.

use crate::sync::{AtomicU64, Ordering};

/// The time between two reports, in nanoseconds.
const INTERVAL: u64 = 1_000_000_000;

/// Lets at most one report a second pass.
pub(crate) struct Reports {
    /// When the last one passed, 0 if none has.
    passed_at: AtomicU64,
    /// How many have not passed since.
    left_out: AtomicU64,
}

impl Reports {
    pub(crate) const fn new() -> Self {
        Self { passed_at: AtomicU64::new(0), left_out: AtomicU64::new(0) }
    }

    /// Returns how many reports did not pass since the last one, if this one passes.
    ///
    /// Relaxed: the two numbers guard nothing. Of several threads in one second, the
    /// compare-exchange lets one pass. One that is counted too late for its report is in the next.
    pub(crate) fn pass(&self, now: u64) -> Option<u64> {
        let last = self.passed_at.load(Ordering::Relaxed);
        // A thread may have read the clock a little earlier than the last one, and a test clock may
        // go back by far.
        let is_due = last == 0 || now.abs_diff(last) >= INTERVAL;
        let passes = || {
            self.passed_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        };
        if is_due && passes() {
            return Some(self.left_out.swap(0, Ordering::Relaxed));
        }
        self.left_out.fetch_add(1, Ordering::Relaxed);
        None
    }
}
