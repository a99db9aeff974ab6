//! The link between a breaker and the agent of a fleet, which coordinates the breaker with those of
//! other processes.
//!
//! | file | contents |
//! |---|---|
//! | `leases` | the leases of one breaker; pure |
//! | `local`, `change` | the agent's view of a breaker, and its changes: plain data |
//! | `link` | the data that a tied breaker shares with its agent |
//! | `notes` | the notes that a breaker makes and reads there |
//! | `probes` | admission and outcome of probes while coordinated |
//! | `follow` | the decisions of the fleet, applied to the state |
//! | `tied` | the agent, and its handle to a breaker |
//! | `keys` | the breakers of a set |
//!
//! A breaker without a link never runs this code, except for one test on the paths of rejections,
//! probes and operators. The paths of a closed breaker do not have that test.
//!
//! # Concurrent writers
//!
//! Decisions of the agent, claims of leases and commands of operators happen under one lock. So the
//! origin of a state is known exactly: a change that was not noted under the lock is the breaker's
//! own. Outcomes of calls change the state without the lock. They race with the rest on the
//! compare-exchange of the state, as they do without a link.
//!
//! # Orderings
//!
//! The atomics here are hints that spare calls the lock. They guard nothing, so they are relaxed.
//! Everything that depends on them is checked again under the lock. The exception is `until`, which
//! explains its ordering.

mod change;
mod follow;
mod keys;
mod leases;
mod link;
mod local;
#[cfg(all(test, retry_utils_shuttle))]
mod models;
mod notes;
mod probes;
mod tied;

pub use change::Change;
pub(crate) use keys::SetSource;
pub use leases::{Ended, Held, Lease, ProbeOutcome};
pub(super) use link::Link;
pub use local::{Forced, Local, Origin};
pub use tied::{AlreadyTied, Source, Tied};
