//! Checks that the recorder receives the events of the contestants. A recorder is global, so this
//! file has only one test.

use scenarios::check;

#[test]
fn retries_and_rejections_reach_the_recorder() {
    assert!(own::has_metrics());
    observed::listen();
    assert_eq!(check::faults(&observed::field()), Vec::<String>::new());
    let rendered = observed::rendered();
    for metric in ["retry_utils_retries_total", "retry_utils_circuit_breaker_rejected_total"] {
        let is_there = rendered.lines().any(|line| line.starts_with(metric));
        assert!(is_there, "no {metric} in\n{rendered}");
    }
}
