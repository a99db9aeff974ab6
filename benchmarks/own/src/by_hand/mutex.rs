//! A breaker behind a lock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug)]
enum State {
    Closed { failures: u32 },
    Open { since: Instant },
    HalfOpen,
}

/// Opens after a number of failures in a row. After the recovery time it lets one call through,
/// whose outcome decides.
#[derive(Debug)]
pub struct MutexBreaker {
    state: Mutex<State>,
    threshold: u32,
    recovery: Duration,
}

impl MutexBreaker {
    /// Creates a closed breaker.
    #[must_use]
    pub const fn new(threshold: u32, recovery: Duration) -> Self {
        Self { state: Mutex::new(State::Closed { failures: 0 }), threshold, recovery }
    }

    /// Returns whether the call is admitted. `success` or `failure` must follow.
    pub fn admit(&self) -> bool {
        let mut state = self.state();
        match *state {
            State::Closed { .. } => true,
            State::Open { since } if since.elapsed() >= self.recovery => {
                *state = State::HalfOpen;
                true
            }
            State::Open { .. } | State::HalfOpen => false,
        }
    }

    /// Records a success.
    pub fn success(&self) {
        let mut state = self.state();
        if !matches!(*state, State::Open { .. }) {
            *state = State::Closed { failures: 0 };
        }
    }

    /// Records a failure.
    pub fn failure(&self) {
        let mut state = self.state();
        match &mut *state {
            State::Closed { failures } if *failures + 1 < self.threshold => *failures += 1,
            State::Closed { .. } | State::HalfOpen => {
                *state = State::Open { since: Instant::now() }
            }
            State::Open { .. } => {}
        }
    }

    /// Closes the breaker and clears its failures.
    pub fn reset(&self) {
        *self.state() = State::Closed { failures: 0 };
    }

    /// Opens the breaker.
    pub fn trip(&self) {
        *self.state() = State::Open { since: Instant::now() };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::MutexBreaker;
    use std::time::Duration;

    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn it_opens_probes_and_closes() {
        let mut breaker = MutexBreaker::new(2, HOUR);
        breaker.failure();
        breaker.failure();
        assert!(!breaker.admit());
        // Replaces the wait for the end of the open phase.
        breaker.recovery = Duration::ZERO;
        assert!(breaker.admit(), "one probe");
        assert!(!breaker.admit(), "and no second");
        breaker.success();
        assert!(breaker.admit());
    }
}
