//! A limit on the pushes that are handled.
//!
//! Anyone who can publish in the group's channel can publish without limit. Pushes that are not
//! taken in time are lost, and the next beat finds their content.

use std::time::Duration;

use crate::agent::nanos;
use crate::limits::PUSHES;

/// The maximum number of pushes in [`SPAN`]: twice what a group sends, because they may arrive in
/// bursts.
const MOST: usize = 2 * PUSHES;
const SPAN: Duration = Duration::from_secs(1);

/// Counts the pushes of a span.
#[derive(Default)]
pub(super) struct PushLimit {
    began: u64,
    taken: usize,
}

impl PushLimit {
    /// Returns whether another push may be taken.
    pub(super) fn allows(&self, now: u64) -> bool {
        self.taken < MOST || now >= self.ends_at()
    }

    /// Notes that a push was taken.
    pub(super) fn took(&mut self, now: u64) {
        if now >= self.ends_at() {
            *self = Self { began: now, taken: 0 };
        }
        self.taken += 1;
    }

    /// Returns when the span ends, and pushes may be taken again.
    pub(super) fn ends_at(&self) -> u64 {
        self.began.saturating_add(nanos(SPAN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_span_has_its_pushes() {
        let mut limit = PushLimit::default();
        for began in [1, 5 * nanos(SPAN)] {
            for _ in 0..MOST {
                assert!(limit.allows(began));
                limit.took(began);
            }
            assert!(!limit.allows(limit.ends_at() - 1));
            assert!(limit.allows(limit.ends_at()));
        }
    }
}
