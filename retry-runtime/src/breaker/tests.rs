//! What only the inside of a breaker shows: steps, sizes, and races.

#[cfg(retry_utils_shuttle)]
pub(crate) mod models;
#[cfg(not(retry_utils_shuttle))]
mod steps;
