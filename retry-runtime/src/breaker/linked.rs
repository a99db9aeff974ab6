//! The link of a breaker to the agent of a fleet, which coordinates it with those of other
//! processes.
//!
//! | file | contents |
//! |---|---|
//! | `leases` | the leases of one breaker; pure |
//! | `local`, `change` | what the agent sees, and what it does: plain data |
//! | `link` | what a tied breaker shares with its agent |
//! | `notes` | what a breaker notes there, and reads |
//! | `probes` | admission and outcome of probes while coordinated |
//! | `follow` | what the fleet decides, carried out on the state |
//! | `tied` | the agent, and its hold on a breaker |
//! | `keys` | the breakers of a set |
//!
//! A breaker without a link never gets here, but for one test on the way of rejections, of probes
//! and of operators. The paths of a closed breaker do not have that test.
//!
//! # Who writes
//!
//! What the agent decides, the claims of leases and the commands of operators happen under one
//! lock. So the origin of a state is known exactly: what no one else has noted under the lock is the
//! breaker's own doing. Outcomes of calls take no lock: they race with the rest by the
//! compare-exchange of the state, as they do without a link.
//!
//! # Orderings
//!
//! The atomics here are hints that save calls the lock, and guard nothing: relaxed. What depends on
//! them is looked at again under the lock. `until` is the exception, and says why.

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
