//! When a sequence has to end.

use std::time::Duration;

use crate::clock::{self, Instant};

/// When a sequence has to end.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    pub(super) at: Instant,
    pub(super) limit: Duration,
}

impl Deadline {
    /// A deadline this long from now.
    #[must_use]
    pub fn after(limit: Duration) -> Self {
        Self { at: clock::after(limit), limit }
    }

    /// A deadline this long from now, or none.
    #[must_use]
    pub fn within(limit: Option<Duration>) -> Option<Self> {
        limit.map(Self::after)
    }

    pub(crate) fn left(&self) -> Duration {
        self.at.saturating_duration_since(clock::now())
    }
}
