//! The timeouts of one attempt.

use std::future::Future;
use std::time::Duration;

use super::Deadline;
use crate::clock::{self, Instant};
use crate::failure::TimedOut;
use crate::timeout::{Countdown, Deadlined};

/// The timeouts of one attempt.
pub struct Limits {
    /// The nearest deadline, and what to say when it has passed.
    nearest: Option<(Instant, TimedOut)>,
}

impl Limits {
    /// The attempt's own timeout from now on, and the deadline of the sequence: what there is of them.
    #[must_use]
    pub fn of(attempt: Option<Duration>, total: Option<&Deadline>) -> Self {
        let attempt = attempt.map(|limit| (clock::after(limit), TimedOut::attempt(limit)));
        let total = total.map(|deadline| (deadline.at, TimedOut::total(deadline.limit)));
        let nearest = match (attempt, total) {
            (Some(attempt), Some(total)) if total.0 < attempt.0 => Some(total),
            // At the same instant it is the attempt's, so that a hanging dependency is counted.
            (Some(attempt), _) => Some(attempt),
            (None, total) => total,
        };
        Self { nearest }
    }

    /// Runs an attempt under them.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] where the nearest deadline passed first.
    pub fn run<F: Future>(self, attempt: F) -> Deadlined<F> {
        Deadlined::new(attempt, self.countdown())
    }

    pub(crate) fn countdown(self) -> Option<Countdown> {
        self.nearest.map(|(at, timed_out)| Countdown::new(at, timed_out))
    }
}
