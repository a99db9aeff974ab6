//! More groups than the limit of a label. A separate test binary, because the limit applies to the
//! process.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use retry_runtime::observe::fleet;
use retry_utils::observe::metrics::MAX_NAMES;

#[test]
fn groups_beyond_the_limit_are_counted_together() {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        for number in 0..MAX_NAMES + 3 {
            let group = format!("made-{number}");
            fleet::show_coordinated(&group, true);
            fleet::show_instances(&group, 2);
            fleet::record_round_trip(&group, Duration::from_millis(1));
        }
    });
    let page = recorder.handle().render();
    let series = |metric: &str| page.lines().filter(|line| line.starts_with(metric)).count();
    assert_eq!(series("retry_utils_fleet_coordinated{"), MAX_NAMES);
    assert_eq!(series("retry_utils_fleet_instances{"), MAX_NAMES);
    let count = "retry_utils_fleet_round_trip_seconds_count";
    assert_eq!(series(&format!("{count}{{")), MAX_NAMES + 1);
    let other = format!(r#"{count}{{group="other"}} 3"#);
    assert!(page.lines().any(|line| line == other));
}
