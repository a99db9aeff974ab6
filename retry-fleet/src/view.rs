//! What operators are shown of a fleet.

use std::time::Duration;

use retry_runtime::{CircuitState, Mode};

use crate::status::Status;

/// A fleet at one moment, as [`Fleet::view`](crate::Fleet::view) returns it.
///
/// Names, versions and operators come from other instances, and whoever can write to the server can
/// write them: escape what you show. All lists have limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetView {
    /// Whether this instance acts with the fleet.
    pub status: Status,
    /// The group.
    pub group: String,
    /// The name of this instance.
    pub instance: String,
    /// The number of votes that open a breaker, as this instance was told.
    pub quorum: u32,
    /// The number of instances that are alive.
    pub alive: u64,
    /// At most 64 breakers. First come those that are not closed here, then those of the group that
    /// are not closed or commanded by an operator, then the others that this instance shares.
    pub breakers: Vec<FleetBreaker>,
    /// At most 500 instances that are alive, those whose last beat is the oldest first.
    pub instances: Vec<FleetInstance>,
}

/// What the fleet knows about one breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetBreaker {
    /// The breaker's name. If this instance does not share it, the name under which the server has
    /// it, which may be a hash.
    pub name: String,
    /// The state that the fleet has agreed on. It is closed if there is none.
    pub state: CircuitState,
    /// What is left of the open phase. Zero if it is over, or if the state is another.
    pub left: Duration,
    /// The number of recoveries in a row that failed.
    pub failed: u64,
    /// The number of probes that succeeded in this recovery.
    pub ok: u64,
    /// The number of this state. Each change of the breaker has a higher one. 0 if there is none.
    pub epoch: u64,
    /// At most 32 voters whose votes to open the breaker count now. They are gone once it is open.
    pub voters: Vec<String>,
    /// The instances that may probe now, each once for each of its leases: at most 32. Leases of
    /// rare callers are among them, since the server does not tell them apart.
    pub probing: Vec<String>,
    /// The state that an operator forces in all instances.
    pub forced: Option<CircuitState>,
    /// When that ends. `None` if it lasts until a reset, or if nothing is forced.
    pub forced_left: Option<Duration>,
    /// The mode that an operator has set in all instances.
    pub mode: Option<Mode>,
    /// The operator who gave the last command, as that operator says.
    pub by: Option<String>,
}

/// What an instance says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetInstance {
    /// The name of the instance.
    pub name: String,
    /// The version of the application. May be empty.
    pub version: String,
    /// Whether it acts with the fleet. `None` if it does not say.
    pub coordinated: Option<bool>,
    /// The number of its breakers that are not closed.
    pub open: u64,
    /// The first of them, named as [`FleetBreaker::name`] is.
    pub open_breakers: Vec<String>,
    /// How long ago its last beat was. An estimate in groups of more than 800 instances whose
    /// number has just changed.
    pub last_beat: Duration,
}
