//! What a good engineer writes who needs no library.

pub mod atomic;
pub mod mutex;
pub mod retry;

pub use atomic::AtomicBreaker;
pub use mutex::MutexBreaker;
pub use retry::{Policy, retry};

scenarios::llm_error!();
