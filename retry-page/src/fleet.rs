//! The fleet that shares the breakers: what the page shows of it, and commands for all instances.
//!
//! Without the feature `fleet` there is none: `absent` has the same types without values.

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

/// Why a command was not confirmed, as an answer.
pub(crate) struct Failed {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
}
