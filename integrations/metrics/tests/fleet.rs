//! Tests of the name and labels of each metric of a fleet, which are a stable contract.

use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use retry_runtime::observe::fleet::{self, LeaseOutcome};
use retry_utils::observe::metrics::FLEET_BUCKETS;

/// Returns the sorted lines of a fleet's metrics that the closure writes.
fn lines(write: impl FnOnce()) -> Vec<String> {
    let suffix = |suffix: &str| Matcher::Suffix(suffix.to_owned());
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(suffix("round_trip_seconds"), &FLEET_BUCKETS)
        .and_then(|it| it.set_buckets_for_metric(suffix("push_delay_seconds"), &FLEET_BUCKETS))
        .unwrap()
        .build_recorder();
    metrics::with_local_recorder(&recorder, write);
    let page = recorder.handle().render();
    let is_ours = |line: &&str| line.starts_with("retry_utils_fleet_");
    let mut lines: Vec<_> = page.lines().filter(is_ours).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn gauges_show_the_last_value_of_a_group() {
    let written = lines(|| {
        fleet::show_coordinated("prod/checkout", true);
        fleet::show_instances("prod/checkout", 200);
        fleet::show_coordinated("prod/checkout", false);
        fleet::show_instances("prod/checkout", 199);
        fleet::show_coordinated("prod/search", true);
    });
    assert_eq!(
        written,
        [
            r#"retry_utils_fleet_coordinated{group="prod/checkout"} 0"#,
            r#"retry_utils_fleet_coordinated{group="prod/search"} 1"#,
            r#"retry_utils_fleet_instances{group="prod/checkout"} 199"#,
        ]
    );
}

#[test]
fn times_are_histograms_in_seconds() {
    let written = lines(|| {
        fleet::record_round_trip("prod/checkout", Duration::from_micros(200));
        fleet::record_round_trip("prod/checkout", Duration::from_millis(300));
        fleet::record_push_delay("prod/checkout", Duration::from_millis(4));
    });
    let holds = |line: &str| assert!(written.iter().any(|it| it == line), "{line}: {written:#?}");
    let round_trip = "retry_utils_fleet_round_trip_seconds";
    holds(&format!(r#"{round_trip}_bucket{{group="prod/checkout",le="0.0001"}} 0"#));
    holds(&format!(r#"{round_trip}_bucket{{group="prod/checkout",le="0.00025"}} 1"#));
    holds(&format!(r#"{round_trip}_bucket{{group="prod/checkout",le="0.25"}} 1"#));
    holds(&format!(r#"{round_trip}_bucket{{group="prod/checkout",le="0.5"}} 2"#));
    holds(&format!(r#"{round_trip}_count{{group="prod/checkout"}} 2"#));
    let push_delay = "retry_utils_fleet_push_delay_seconds";
    holds(&format!(r#"{push_delay}_sum{{group="prod/checkout"}} 0.004"#));
    holds(&format!(r#"{push_delay}_count{{group="prod/checkout"}} 1"#));
}

#[test]
fn votes_and_probes_are_counted_by_breaker() {
    let written = lines(|| {
        fleet::count_vote("lyzr-api");
        fleet::count_vote("lyzr-api");
        fleet::count_vote("models/a\nb");
        for outcome in [
            LeaseOutcome::Success,
            LeaseOutcome::Success,
            LeaseOutcome::Failure,
            LeaseOutcome::Neutral,
            LeaseOutcome::Expired,
            LeaseOutcome::Unclaimed,
        ] {
            fleet::count_probe("lyzr-api", outcome);
        }
    });
    assert_eq!(
        written,
        [
            r#"retry_utils_fleet_probes_total{breaker="lyzr-api",outcome="expired"} 1"#,
            r#"retry_utils_fleet_probes_total{breaker="lyzr-api",outcome="failure"} 1"#,
            r#"retry_utils_fleet_probes_total{breaker="lyzr-api",outcome="neutral"} 1"#,
            r#"retry_utils_fleet_probes_total{breaker="lyzr-api",outcome="success"} 2"#,
            r#"retry_utils_fleet_probes_total{breaker="lyzr-api",outcome="unclaimed"} 1"#,
            r#"retry_utils_fleet_votes_total{breaker="lyzr-api"} 2"#,
            r#"retry_utils_fleet_votes_total{breaker="models/a\\nb"} 1"#,
        ]
    );
}
