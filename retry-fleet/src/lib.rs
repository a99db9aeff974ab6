//! Circuit breakers of retry-utils that many processes share.

// docs.rs shows beside each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod agent;
mod builder;
mod control;
mod env;
mod fleet;
mod instance;
mod operator;
mod run;
mod server;
mod setup;
mod status;

// Not public API: the parts below change without notice. They are reachable for the suites that
// compare the scripts of Redis with `memory`.
#[doc(hidden)]
pub mod leases;
#[doc(hidden)]
pub mod limits;
#[cfg(feature = "redis")]
#[doc(hidden)]
pub mod link;
#[doc(hidden)]
pub mod memory;
#[doc(hidden)]
pub mod record;
#[doc(hidden)]
pub mod register;
#[cfg(feature = "redis")]
#[doc(hidden)]
pub mod scripts;
mod text;
#[doc(hidden)]
pub mod transport;
#[doc(hidden)]
pub mod votes;
#[doc(hidden)]
pub mod wire;

pub use builder::FleetBuilder;
pub use fleet::Fleet;
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use link::Credentials;
pub use operator::{By, CommandError};
pub use status::Status;
pub use transport::{Lost, Reason};
pub use votes::Quorum;
