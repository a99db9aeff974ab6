//! What the set-ups measure is listened to. A recorder holds for a process, so this is its only
//! test.

use scenarios::{Scenario, check};

#[test]
fn each_event_reaches_the_recorder() {
    assert!(own::has_metrics());
    observed::listen();
    let field = observed::field();
    assert_eq!(check::faults(&field), Vec::<String>::new());
    let rendered = observed::rendered();
    for scenario in Scenario::ALL.into_iter().filter(|scenario| scenario.has_events()) {
        let metric = match scenario {
            Scenario::TwoFailures => "retry_utils_retries_total",
            Scenario::Rejecting => "retry_utils_circuit_breaker_rejected_total",
            // A failure that does not open the breaker is no event.
            _ => continue,
        };
        let counted = rendered.lines().any(|line| line.starts_with(metric));
        assert!(counted, "{metric} is not in\n{rendered}");
    }
}
