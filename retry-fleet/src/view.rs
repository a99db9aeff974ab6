//! The state of a fleet, as operators see it.

use std::time::Duration;

use retry_runtime::{CircuitState, Mode};

use crate::status::Status;

/// The state of a fleet at one moment, as [`Fleet::view`](crate::Fleet::view) returns it.
///
/// Names, versions and operators come from other instances, and anyone who can write to the server
/// can forge them. Escape them before you show them. All lists have limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetView {
    /// The status of this instance: with the fleet or alone.
    pub status: Status,
    /// The group.
    pub group: String,
    /// The name of this instance.
    pub instance: String,
    /// The number of votes that open a breaker, as set in this instance.
    pub quorum: u32,
    /// The number of instances that are alive.
    pub alive: u64,
    /// At most 64 breakers: first those that are not closed in this instance, then those that are
    /// not closed in the group or have a command, then the others that this instance shares.
    pub breakers: Vec<FleetBreaker>,
    /// At most 500 instances that are alive. Those with the oldest last beat come first.
    pub instances: Vec<FleetInstance>,
}

/// The state of one breaker in the fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetBreaker {
    /// The name of the breaker. If this instance does not share the breaker, this is its name on
    /// the server, which may be a hash.
    pub name: String,
    /// The state that the fleet has agreed on; closed if there is none.
    pub state: CircuitState,
    /// The time until the open phase ends; zero if it is over or the breaker is not open.
    pub left: Duration,
    /// The number of recoveries in a row that failed.
    pub failed: u64,
    /// The number of probes that succeeded in this recovery.
    pub ok: u64,
    /// The number of this state, which grows with each change of the breaker; 0 if there is none.
    pub epoch: u64,
    /// At most 32 voters whose votes to open the breaker count now. Empty once the breaker is open.
    pub voters: Vec<String>,
    /// The instances that may probe now, once for each lease: at most 32. They include leases for
    /// instances with rare calls, which the server does not distinguish.
    pub probing: Vec<String>,
    /// The state that an operator forces in all instances.
    pub forced: Option<CircuitState>,
    /// The time until the force ends. `None` if it lasts until a reset, or if nothing is forced.
    pub forced_left: Option<Duration>,
    /// The mode that an operator has set in all instances.
    pub mode: Option<Mode>,
    /// The name of the operator who gave the last command. It is not verified.
    pub by: Option<String>,
}

/// The state of one instance, as it reported it at its last beat.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetInstance {
    /// The name of the instance.
    pub name: String,
    /// The version of the application. May be empty.
    pub version: String,
    /// True if it acts with the fleet. `None` if it did not report this.
    pub coordinated: Option<bool>,
    /// The number of its breakers that are not closed.
    pub open: u64,
    /// The first of these breakers, named like [`FleetBreaker::name`].
    pub open_breakers: Vec<String>,
    /// The time since its last beat. This is an estimate in groups of more than 800 instances whose
    /// number has just changed.
    pub last_beat: Duration,
}
