//! A breaker behind a lock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug)]
enum State {
    Closed { failures: u32 },
    Open { since: Instant },
    HalfOpen,
}

/// Opens after so many failures in a row; after a while lets one call through, which decides.
#[derive(Debug)]
pub struct MutexBreaker {
    state: Mutex<State>,
    threshold: u32,
    recovery: Duration,
}

impl MutexBreaker {
    /// Closed.
    #[must_use]
    pub const fn new(threshold: u32, recovery: Duration) -> Self {
        Self { state: Mutex::new(State::Closed { failures: 0 }), threshold, recovery }
    }

    /// Whether the call may be made; `success` or `failure` has to follow.
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

    /// The call succeeded.
    pub fn success(&self) {
        let mut state = self.state();
        if !matches!(*state, State::Open { .. }) {
            *state = State::Closed { failures: 0 };
        }
    }

    /// The call failed.
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

    /// Closes it, with no failure counted.
    pub fn reset(&self) {
        *self.state() = State::Closed { failures: 0 };
    }

    /// Opens it.
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
        // Instead of waiting for the end of the open phase.
        breaker.recovery = Duration::ZERO;
        assert!(breaker.admit(), "one probe");
        assert!(!breaker.admit(), "and no second");
        breaker.success();
        assert!(breaker.admit());
    }
}
