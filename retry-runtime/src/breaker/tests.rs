//! Tests of the private parts of a breaker: steps, sizes and races.

#[cfg(retry_utils_shuttle)]
pub(crate) mod models;
#[cfg(not(retry_utils_shuttle))]
mod steps;
