//! The subjects and methods of the measurements: the protected calls, the drivers that make them,
//! the type of a contestant, and the command line of a measuring binary.
//!
//! | module | content |
//! |---|---|
//! | [`call`] | the protected calls, the same code for every contestant |
//! | [`set_up`] | the installed subscriber and recorder |
//! | [`contestant`] | a way to protect a call, in one [`Scenario`](scenario::Scenario) |
//! | [`drivers`] | the loops that make the calls |
//! | [`shared`] | one breaker under several threads |
//! | [`size`] | sizes of futures |
//! | [`timing`] | rounds in which all contestants of a scenario take turns |
//! | [`callgrind`] | instructions per call |
//! | [`ceilings`] | the maximum number of instructions of paths of retry-utils |
//! | [`tally`], [`check`] | the check that a contestant does what its scenario requires |
//! | [`test_clock`] | the check for tokio's test clock |
//! | [`command_line`] | `list`, `run`, `time`, `threads`, `sizes`, `ceilings` |

pub mod call;
pub mod callgrind;
pub mod ceilings;
#[cfg(feature = "counted")]
pub mod check;
pub mod command_line;
pub mod contestant;
pub mod drivers;
pub mod median;
pub mod scenario;
pub mod set_up;
pub mod shared;
pub mod size;
pub mod tally;
pub mod test_clock;
pub mod timing;

pub use call::{Answer, Failure, Flaky, value};
pub use contestant::{Contestant, Field};
pub use scenario::Scenario;
pub use set_up::{Installed, SetUp};
