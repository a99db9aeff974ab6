//! The view that the agent of a fleet has of a breaker: plain data.

use std::time::Duration;

use super::leases::Held;
use crate::circuit_state::CircuitState;
use crate::config::Mode;

/// A breaker at one moment, for the agent to compare with the register of the fleet.
///
/// All times are nanoseconds on the scale of [`now`](crate::fleet::now).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Local {
    /// The circuit state. An open breaker whose open phase is over stays open until the next call.
    pub state: CircuitState,
    /// A number that increases with every change of the circuit state, every force and every reset.
    pub generation: u64,
    /// The current mode.
    pub mode: Mode,
    /// The force that holds the circuit state, if any.
    pub forced: Forced,
    /// The origin of the opening. `None` while closed. A failed probe does not change it.
    pub origin: Option<Origin>,
    /// The time at which it left the closed state. 0 while closed. A failed probe keeps it.
    pub opened_at: u64,
    /// The end of the open phase, even if it is over. 0 unless the breaker is open and not forced.
    pub until: u64,
    /// `true` if this open phase has rejected a call, or would have in `Mode::Observe`.
    pub rejected: bool,
    /// `true` if a call was rejected for lack of a lease since the last
    /// [`Change::Asked`](crate::fleet::Change::Asked), with no lease granted since.
    pub wants_lease: bool,
    /// `true` while the breaker is coordinated.
    pub coordinated: bool,
    /// The newest epoch that the breaker was shown. 0 before the first.
    pub epoch: u64,
    /// The leases of the breaker: those that no call has claimed yet, and those of calls under way.
    pub leases: Vec<Held>,
    /// The setting `half_open_max_calls`.
    pub half_open_max_calls: u32,
    /// The current setting `success_threshold`.
    pub success_threshold: u32,
    /// The current setting `recovery_timeout`.
    pub recovery_timeout: Duration,
    /// The current setting `probe_timeout`.
    pub probe_timeout: Duration,
    /// The longest open phase that the settings allow: by `recovery_timeout`, `recovery_backoff` or
    /// `respect_retry_after`.
    pub longest_open: Duration,
}

/// The origin of the opening of a breaker that is open or half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Outcomes of the breaker's calls since it was tied. This is the only origin that is a vote.
    Own {
        /// The generation of the trip, which is different for each trip. It stays while probes
        /// fail.
        trip: u64,
    },
    /// The fleet.
    Fleet {
        /// The epoch in which the breaker was opened.
        epoch: u64,
    },
    /// An operator of this process, or the breaker was not closed when it was tied.
    Operator,
}

/// The force that holds the circuit state of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forced {
    /// No force.
    No,
    /// A force by an operator of this process.
    Here,
    /// A force by the fleet.
    Fleet,
}
