//! Retry sequences: the attempts of one call, and what follows each failure.
//!
//! | file | what |
//! |---|---|
//! | `progress` | how far a sequence has come; the one function for what follows a failure |
//! | `call` | what the decision depends on, beside the failure |
//! | `deadline` | when a sequence has to end |
//! | `retries` | decisions without a loop |
//! | `timed` | the sequence of an annotated function or of `run`, which waits |
//! | `limits` | the timeouts of one attempt |

mod call;
mod deadline;
#[cfg(any(feature = "tokio", feature = "smol"))]
mod limits;
mod progress;
mod retries;
#[cfg(any(feature = "tokio", feature = "smol"))]
mod timed;

pub use call::{Call, Reported};
pub use deadline::Deadline;
#[cfg(any(feature = "tokio", feature = "smol"))]
pub use limits::Limits;
pub(crate) use progress::Progress;
pub use retries::Retries;
#[cfg(any(feature = "tokio", feature = "smol"))]
pub use timed::Sequence;
