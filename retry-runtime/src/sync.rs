//! The atomics, the locks and the seed of hashes. They are std's, except that unit tests use
//! atomics that count operations, and the private cfg selects the model checker's.

#[cfg(all(test, not(retry_utils_shuttle)))]
pub(crate) mod counted;

#[cfg(not(all(test, retry_utils_shuttle)))]
pub(crate) use std::hash::RandomState;
#[cfg(not(all(test, retry_utils_shuttle)))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

#[cfg(not(test))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};

#[cfg(all(test, not(retry_utils_shuttle)))]
pub(crate) use {
    counted::AtomicU64,
    std::sync::atomic::{AtomicBool, Ordering, fence},
};

/// Constant, so that a failed schedule can be replayed.
#[cfg(all(test, retry_utils_shuttle))]
pub(crate) type RandomState = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

#[cfg(all(test, retry_utils_shuttle))]
pub(crate) use shuttle::sync::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU64, Ordering, fence},
};
