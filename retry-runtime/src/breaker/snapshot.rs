//! The values of a breaker at one moment.

use std::time::Duration;

use super::CircuitBreaker;
use super::window::Tally;
use crate::circuit_state::CircuitState;
use crate::clock::{self, Instant};
use crate::config::Mode;

/// The values of a breaker at one moment, from [`CircuitBreaker::snapshot`] and
/// [`registry::all`](crate::registry::all).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The name.
    pub name: String,
    /// The state.
    pub state: CircuitState,
    /// The mode.
    pub mode: Mode,
    /// `true` while `force_open` or `force_closed` holds the state.
    pub forced: bool,
    /// While closed, the calls in the window. Without a window, the same as `failures`. Otherwise
    /// 0.
    pub calls: u64,
    /// While closed, the failures in the window. Without a window, those in a row. Otherwise 0.
    pub failures: u64,
    /// While closed, the slow calls in the window. Otherwise 0. Without a window they are failures.
    pub slow_calls: u64,
    /// The number of failures in a row that opens the breaker. Not used with a `failure_rate`.
    pub failure_threshold: u32,
    /// The failure rate that opens the breaker. `None` if failures in a row open it.
    pub failure_rate: Option<f64>,
    /// While half-open, the probes that succeeded. Otherwise 0.
    pub successes: u64,
    /// The number of successful probes that closes the breaker.
    pub success_threshold: u32,
    /// While open and not forced, the time until a probe is admitted. Zero if the next call is one.
    pub retry_in: Option<Duration>,
    /// The time at which the state began. `None` if the state has never changed.
    pub since: Option<Instant>,
}

impl CircuitBreaker {
    /// Returns the breaker's state, and the counts that decide what it does next.
    ///
    /// State, mode and counts are loaded together. A window is read a moment later. If the breaker
    /// is open or has a window of time, this reads the clock.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.core.load();
        let circuit = state.circuit();
        let count_while = |wanted| if circuit == wanted { u64::from(state.count()) } else { 0 };
        let in_a_row = count_while(CircuitState::Closed);
        let plain = Tally { calls: in_a_row, failures: in_a_row, slow: 0 };
        let window = self.core.tally(state, &self.settings, clock::nanos);
        let counted = window.filter(|_| circuit == CircuitState::Closed).unwrap_or(plain);
        let changed_at = self.core.changed_at();
        Snapshot {
            name: self.name().to_owned(),
            state: circuit,
            mode: state.mode(),
            forced: state.forced(),
            calls: counted.calls,
            failures: counted.failures,
            slow_calls: counted.slow,
            failure_threshold: self.settings.failure_threshold().into(),
            failure_rate: self.settings.failure_rate(),
            successes: count_while(CircuitState::HalfOpen),
            success_threshold: self.settings.success_threshold().into(),
            retry_in: (circuit == CircuitState::Open && !state.forced()).then(|| {
                let until = self.core.open_until(state, &self.settings);
                Duration::from_nanos(until.saturating_sub(clock::nanos()))
            }),
            since: (changed_at != 0).then(|| clock::from_nanos(changed_at)),
        }
    }
}
