//! The delays of a policy as an iterator.

use std::time::Duration;

use crate::backoff::Law;
use crate::random;

/// The delays of a policy, from [`RetryConfig::delays`](crate::RetryConfig::delays).
#[derive(Debug, Clone)]
pub struct Delays {
    law: Law,
    left: u32,
    attempt: u32,
    previous: Option<Duration>,
}

impl Delays {
    pub(super) const fn new(law: Law, max_attempts: u32) -> Self {
        Self { law, left: max_attempts.saturating_sub(1), attempt: 1, previous: None }
    }
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let delay = self.law.delay(self.attempt, self.previous, random::unit);
        self.attempt = self.attempt.saturating_add(1);
        self.previous = Some(delay);
        Some(delay)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.left as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Delays {}
