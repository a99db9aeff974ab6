//! The atomics and the lock: std's, or the model checker's under the private cfg.

#[cfg(not(all(test, retry_utils_shuttle)))]
pub(crate) use std::sync::{
    RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

#[cfg(all(test, retry_utils_shuttle))]
pub(crate) use shuttle::sync::{
    RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
