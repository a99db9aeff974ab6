//! The contestants of `own`, with the feature `metrics` of retry-utils. A separate package, because
//! Cargo enables the feature for a whole build.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use retry_utils::observe::metrics::{DELAY_BUCKETS, describe};
use scenarios::{Field, Installed, SetUp};

static PROMETHEUS: OnceLock<PrometheusHandle> = OnceLock::new();

/// The contestants, in the set-ups that need the feature.
#[must_use]
pub fn field() -> Field {
    let set_ups = vec![
        Installed { set_up: SetUp::Metrics, install: || {} },
        Installed { set_up: SetUp::Prometheus, install: record },
        Installed { set_up: SetUp::PrometheusDescribed, install: record_described },
        Installed { set_up: SetUp::Both, install: listen },
    ];
    Field { set_ups, ..own::field() }
}

/// Installs the recorder, with the buckets from the documentation of retry-utils.
///
/// # Panics
///
/// Panics if there is already a recorder.
pub fn record() {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("retry_delay_seconds".to_owned()), &DELAY_BUCKETS)
        .expect("there are buckets")
        .build_recorder();
    PROMETHEUS.set(recorder.handle()).expect("one set-up is installed");
    metrics::set_global_recorder(recorder).expect("there is no other recorder");
}

/// Installs the recorder and describes the metrics.
pub fn record_described() {
    record();
    describe();
}

/// Installs the subscriber and the described recorder.
pub fn listen() {
    own::subscribe_at_info();
    record_described();
}

/// Returns the text for Prometheus. It is empty without the recorder.
#[must_use]
pub fn rendered() -> String {
    PROMETHEUS.get().map(PrometheusHandle::render).unwrap_or_default()
}
