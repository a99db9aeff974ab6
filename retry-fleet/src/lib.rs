//! Circuit breakers of retry-utils that many processes share.

// docs.rs shows beside each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

// Not public API: the parts below change without notice. They are reachable for the suites that
// compare the scripts of Redis with `memory`.
#[doc(hidden)]
pub mod leases;
#[doc(hidden)]
pub mod limits;
#[doc(hidden)]
pub mod memory;
#[doc(hidden)]
pub mod record;
#[doc(hidden)]
pub mod register;
mod text;
#[doc(hidden)]
pub mod votes;
#[doc(hidden)]
pub mod wire;

pub use votes::Quorum;
