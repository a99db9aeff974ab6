//! A breaker at one moment.

use std::time::Duration;

use crate::circuit_state::CircuitState;
use crate::clock::Instant;
use crate::config::Mode;

/// A breaker at one moment, from [`CircuitBreaker::snapshot`] and [`registry::all`].
///
/// [`CircuitBreaker::snapshot`]: crate::CircuitBreaker::snapshot
/// [`registry::all`]: crate::registry::all
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: CircuitState,
    /// Its mode.
    pub mode: Mode,
    /// Whether `force_open` or `force_closed` holds the state.
    pub forced: bool,
    /// While closed, the calls in the window; without a window, as many as `failures`. Else 0.
    pub calls: u64,
    /// While closed, the failures in the window; without a window, those in a row. Else 0.
    pub failures: u64,
    /// While closed, the slow calls in the window; without a window, which counts them as failures, 0. Else 0.
    pub slow_calls: u64,
    /// At how many failures in a row it opens, unless there is a `failure_rate`.
    pub failure_threshold: u32,
    /// At which share of failed calls it opens; `None` where failures in a row are counted.
    pub failure_rate: Option<f64>,
    /// While half-open, the probes that succeeded; else 0.
    pub successes: u64,
    /// At how many successes it closes.
    pub success_threshold: u32,
    /// While open and not forced, how long until a call is let through as a probe; zero where the next one is.
    pub retry_in: Option<Duration>,
    /// When the state began; `None` where it is the one that the breaker was made with.
    pub since: Option<Instant>,
}
