//! The atomics: std's, or the model checker's under the private cfg.

#[cfg(not(all(test, retry_utils_shuttle)))]
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(all(test, retry_utils_shuttle))]
pub(crate) use shuttle::sync::atomic::{AtomicU64, Ordering};
