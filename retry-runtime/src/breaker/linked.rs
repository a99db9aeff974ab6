//! The link of a breaker to the agent of a fleet, which coordinates it with those of other
//! processes.

mod leases;
mod local;
mod source;
mod tied;

pub use leases::{Ended, Lease, ProbeOutcome};
pub use local::{Forced, Held, Local, Origin};
pub use source::{Change, Source};
pub use tied::Tied;
