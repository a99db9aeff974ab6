//! The contestants that need no other library: the plain call, what one would write by hand, and retry-utils.

pub mod by_hand;
pub mod ceilings;
mod clocks;
mod hands;
mod ours_breaker;
mod ours_retry;
mod ours_shared;
mod plain;
mod sizes;

use retry_utils::{CircuitOpen, FailureKind, Retryable};
use scenarios::Field;

scenarios::failed!();

impl From<CircuitOpen> for Failed {
    fn from(_: CircuitOpen) -> Self {
        Self::Open
    }
}

impl Retryable for Failed {
    fn failure_kind(&self) -> FailureKind {
        match self {
            Self::Down => FailureKind::Unavailable,
            Self::Open => FailureKind::CircuitOpen,
        }
    }
}

/// What the contestants of this library are called.
pub const OURS: &str = "retry-utils";

/// All of them.
#[must_use]
pub fn field() -> Field {
    let mut contestants = plain::contestants();
    contestants.extend(hands::contestants());
    contestants.extend(ours_retry::contestants());
    contestants.extend(ours_breaker::contestants());
    contestants.extend(clocks::contestants());
    Field { contestants, shared: ours_shared::shared(), sizes: sizes::sizes() }
}

#[cfg(test)]
mod tests {
    use super::Failed;
    use scenarios::{Field, answer, check, contestant, refused};

    #[test]
    fn each_contestant_does_what_its_scenario_says() {
        assert_eq!(check::faults(&super::field()), Vec::<String>::new());
    }

    #[test]
    fn a_contestant_that_does_something_else_is_found() {
        let contestants = vec![
            contestant!(FirstSuccess, "fails", {}, async |_| refused::<Failed>()),
            contestant!(TwoFailures, "calls once", {}, async |_| answer::<Failed>()),
            contestant!(Rejecting, "admits", {}, async |_| answer::<Failed>()),
            contestant!(waiting TwoFailuresWaiting, "does not wait", {}, async |_| {
                answer::<Failed>().and(answer()).and(answer())
            }),
        ];
        let faults = check::faults(&Field { contestants, ..Field::default() });
        assert_eq!(faults.len(), 7, "{faults:?}");
    }
}
