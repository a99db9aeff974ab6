//! The contestants that need no other library: the plain call, code written by hand, and
//! retry-utils.

pub mod by_hand;
mod clocks;
mod error;
mod hands;
mod keys;
mod link;
mod ours_breaker;
mod ours_keyed;
mod ours_retry;
mod ours_shared;
mod plain;
mod sizes;

use std::io;

use scenarios::{Field, Installed, SetUp};
use tracing_subscriber::filter::LevelFilter;

pub use error::LlmError;
pub use plain::contestants as plain;

/// All contestants, in the set-ups that need no feature of retry-utils.
#[must_use]
pub fn field() -> Field {
    let contestants = [
        plain::contestants(),
        hands::contestants(),
        ours_retry::contestants(),
        ours_breaker::contestants(),
        ours_keyed::contestants(),
        clocks::contestants(),
    ];
    Field {
        contestants: contestants.concat(),
        shared: ours_shared::shared(),
        sizes: sizes::sizes(),
        set_ups: vec![
            Installed::NOBODY,
            Installed { set_up: SetUp::FmtInfo, install: subscribe_at_info },
        ],
    }
}

/// Installs the subscriber of [`SetUp::FmtInfo`].
///
/// # Panics
///
/// Panics if there is already a subscriber.
pub fn subscribe_at_info() {
    tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(io::sink).init();
}

/// Shares its name with a module that `retry_utils::observe` has with the feature `metrics`.
mod metrics {
    #[allow(dead_code, reason = "it is shadowed where the feature is on")]
    pub(super) const NAMES: &[&str] = &[];
}

/// Returns whether retry-utils was built with its feature `metrics`.
#[must_use]
pub fn has_metrics() -> bool {
    // As in `scenarios::test_clock`: the glob shadows the module above if the feature is on.
    #[allow(clippy::wildcard_imports, reason = "a name that may not exist cannot be imported")]
    #[allow(unused_imports, reason = "without the feature none of them is used")]
    use retry_utils::observe::*;
    !metrics::NAMES.is_empty()
}

#[cfg(test)]
mod tests {
    use crate::error::LlmError;
    use scenarios::{Field, asked, bare, check, value};

    #[test]
    fn each_contestant_does_what_its_scenario_says() {
        assert_eq!(check::faults(&super::field()), Vec::<String>::new());
    }

    #[test]
    fn a_contestant_that_does_something_else_is_found() {
        let contestants = vec![
            asked!(FirstSuccess, "fails", {}, upstream::fails::<LlmError>),
            asked!(TwoFailures, "calls once", {}, upstream::answers::<LlmError>),
            bare!(Rejecting, "admits", {}, async |_| value::answers::<LlmError>()),
            bare!(TwoFailuresWaiting, "does not wait", {}, async |_| {
                value::answers::<LlmError>().and(value::answers()).and(value::answers())
            })
            .waiting(),
        ];
        let faults = check::faults(&Field { contestants, ..Field::default() });
        assert_eq!(faults.len(), 7, "{faults:?}");
    }
}
