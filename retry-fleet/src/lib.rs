//! Circuit breakers of retry-utils that many processes share.

// docs.rs shows beside each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(dead_code)] // Until the builder uses it.

mod control;
#[doc(hidden)]
pub mod leases;
#[doc(hidden)]
pub mod limits;
#[doc(hidden)]
pub mod record;
#[doc(hidden)]
pub mod register;
mod run;
mod setup;
mod status;
mod text;
mod transport;
#[doc(hidden)]
pub mod votes;
#[doc(hidden)]
pub mod wire;

pub use control::CommandError;
pub use status::Status;
pub use transport::{Lost, Reason};
pub use votes::Quorum;
