//! Retry sequences: the attempts of one call, and the decision after each failure.

#[cfg(any(feature = "tokio", feature = "smol"))]
mod between;
mod call;
mod retries;
#[cfg(any(feature = "tokio", feature = "smol"))]
mod timed;

#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) use between::{too_late, too_late_for};
pub use call::{Call, PolicyReports};
pub use retries::Retries;
#[cfg(any(feature = "tokio", feature = "smol"))]
pub use timed::Sequence;
#[cfg(any(feature = "tokio", feature = "smol"))]
pub(crate) use timed::Wait;

use crate::budget::RetryBudget;
use crate::session::Progress;

/// Begins a sequence, and makes its deposit in this budget, if there is one.
#[inline]
pub(crate) fn begin(budget: Option<&RetryBudget>) -> Progress {
    if let Some(budget) = budget {
        budget.deposit();
    }
    Progress::new()
}
