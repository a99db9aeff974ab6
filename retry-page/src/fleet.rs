//! The fleet that shares the breakers: its state for the page, and commands for all instances.
//!
//! Without the feature `fleet`, `absent` provides the same types without values.

#[cfg(not(feature = "fleet"))]
mod absent;
#[cfg(feature = "fleet")]
mod rows;
#[cfg(feature = "fleet")]
mod watch;

use axum::http::StatusCode;

#[cfg(not(feature = "fleet"))]
pub(crate) use absent::{Reading, Watch};
#[cfg(feature = "fleet")]
pub(crate) use rows::Reading;
#[cfg(feature = "fleet")]
pub(crate) use watch::Watch;

/// The response for a command that was not confirmed.
pub(crate) struct Failed {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
}
