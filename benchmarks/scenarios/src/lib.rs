//! What is measured, and how: the calls that are protected, the drivers that make them, the type of a contestant
//! and the command line of a binary that measures.
//!
//! | module | what |
//! |---|---|
//! | [`call`] | the protected calls, the same code for every contestant |
//! | [`contestant`] | a way to protect a call, in one [`Scenario`](scenario::Scenario) |
//! | [`drivers`] | the loops that make the calls |
//! | [`shared`] | one breaker under several threads |
//! | [`size`] | how large the futures are |
//! | [`timing`] | rounds in which all contestants of a scenario take their turn |
//! | [`callgrind`] | instructions per call |
//! | [`tally`], [`check`] | whether a contestant does what its scenario says |
//! | [`command_line`] | `list`, `run`, `time`, `threads`, `sizes` |

pub mod call;
pub mod callgrind;
#[cfg(feature = "counted")]
pub mod check;
pub mod command_line;
pub mod contestant;
pub mod drivers;
pub mod median;
pub mod scenario;
pub mod shared;
pub mod size;
pub mod tally;
pub mod timing;

pub use call::{Failure, Flaky, answer, flaky, greet, refused};
pub use contestant::{Contestant, Field};
pub use scenario::Scenario;
