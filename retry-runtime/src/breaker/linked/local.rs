//! What the agent of a fleet sees of a breaker: plain data.

use std::time::Duration;

use super::leases::Held;
use crate::circuit_state::CircuitState;
use crate::config::Mode;

/// A breaker at one moment, as the agent of a fleet compares it with what the fleet knows.
///
/// All times are nanoseconds on the scale of [`now`](crate::fleet::now).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Local {
    /// The circuit state. An open breaker whose open phase is over stays open until a call comes.
    pub state: CircuitState,
    /// Goes up with every change of the circuit state, every force and every reset.
    pub generation: u64,
    /// The current mode.
    pub mode: Mode,
    /// Whether an operator holds the circuit state, and where.
    pub forced: Forced,
    /// Who opened it; `None` while it is closed. A failed probe changes nothing here.
    pub origin: Option<Origin>,
    /// When it left the closed state; 0 while it is closed. A failed probe changes nothing here.
    pub opened_at: u64,
    /// When its open phase ends, or has ended; 0 unless it is open and not forced.
    pub until: u64,
    /// Whether a call was rejected in this open phase, or would have been in `Mode::Observe`.
    pub rejected: bool,
    /// Whether a call was rejected for want of a lease since the last
    /// [`Change::Asked`](crate::fleet::Change::Asked), with no lease granted since.
    pub wants_lease: bool,
    /// Whether the breaker is coordinated now.
    pub coordinated: bool,
    /// The newest epoch that it was shown, and 0 before the first.
    pub epoch: u64,
    /// The leases that it has: those that no call has claimed yet, and those of calls under way.
    pub leases: Vec<Held>,
    /// The setting.
    pub half_open_max_calls: u32,
    /// The setting, as it is now.
    pub success_threshold: u32,
    /// The setting, as it is now.
    pub recovery_timeout: Duration,
    /// The setting, as it is now.
    pub probe_timeout: Duration,
    /// The longest open phase that the settings allow: by `recovery_timeout`, `recovery_backoff` or
    /// `respect_retry_after`.
    pub longest_open: Duration,
}

/// Who opened a breaker that is open or half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Its own evidence, since it was tied: the only origin that is a vote.
    Own {
        /// The generation of the trip: two trips never have the same one. It stays while probes
        /// fail.
        trip: u64,
    },
    /// The fleet.
    Fleet {
        /// The epoch with which it opened.
        epoch: u64,
    },
    /// An operator of this process; or it was not closed when it was tied.
    Operator,
}

/// Whether an operator holds the circuit state of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forced {
    /// Nobody does.
    No,
    /// An operator of this process does.
    Here,
    /// The fleet does.
    Fleet,
}
