//! More names than the limit of a label. A separate test binary, because the limit applies to the
//! process.

use metrics_exporter_prometheus::PrometheusBuilder;
use retry_utils::observe::metrics::{MAX_NAMES, record_states};
use retry_utils::{CircuitBreaker, RetryBudget, registry};

#[test]
fn names_beyond_the_limit_are_counted_together() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        let early = registry::get_or_insert("early", || CircuitBreaker::new(""));
        record_states();
        for number in 0..MAX_NAMES + 3 {
            let name = format!("made-{number}");
            let budget = RetryBudget::new().name(Box::leak(name.clone().into_boxed_str()));
            assert!(budget.try_withdraw());
            registry::get_or_insert(name, || CircuitBreaker::new("")).trip();
        }
        early.trip();
    });
    let page = handle.render();
    let series = |metric: &str| page.lines().filter(|line| line.starts_with(metric)).count();
    assert_eq!(series("retry_utils_circuit_breaker_state{"), MAX_NAMES);
    assert_eq!(series("retry_utils_retry_budget_tokens{"), MAX_NAMES);
    assert_eq!(series("retry_utils_circuit_breaker_transitions_total{"), MAX_NAMES + 1);
    let other = r#"retry_utils_circuit_breaker_transitions_total{breaker="other",from="CLOSED",to="OPEN"} 4"#;
    assert!(page.lines().any(|line| line == other));
    let early = r#"retry_utils_circuit_breaker_state{breaker="early"} 2"#;
    assert!(page.lines().any(|line| line == early), "its name was taken before the others came");
}
