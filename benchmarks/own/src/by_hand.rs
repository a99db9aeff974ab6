//! Code that a good engineer writes without a library.

pub mod atomic;
pub mod mutex;
pub mod retry;

pub use atomic::AtomicBreaker;
pub use mutex::MutexBreaker;
pub use retry::{Policy, retry};

scenarios::llm_error!();
