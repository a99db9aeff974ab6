//! Retry sequences: the attempts of one call, and what follows each failure.

mod call;
mod retries;
#[cfg(any(feature = "tokio", feature = "smol"))]
mod timed;

pub use call::Call;
pub use retries::Retries;
#[cfg(any(feature = "tokio", feature = "smol"))]
pub use timed::Sequence;
