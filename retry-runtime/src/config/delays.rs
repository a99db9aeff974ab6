//! The delays of a policy as an iterator.

use std::ops::Range;
use std::time::Duration;

use crate::backoff::Law;
use crate::random;

/// The delays of a policy, from [`RetryConfig::delays`](crate::RetryConfig::delays).
#[derive(Debug, Clone)]
pub struct Delays {
    pub(super) law: Law,
    pub(super) attempts: Range<u32>,
    pub(super) previous: Option<Duration>,
}

impl Iterator for Delays {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.law.delay(self.attempts.next()?, self.previous, random::unit);
        self.previous = Some(delay);
        Some(delay)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.attempts.size_hint()
    }
}

impl ExactSizeIterator for Delays {}
