//! Tests with an exporter that drops idle metrics. A process has one global exporter, so this test
//! needs its own process.

#[path = "support/store.rs"]
mod store;
#[path = "support/written.rs"]
mod written;

use std::time::Duration;

use retry_runtime::CircuitBreaker;
use retry_runtime::observe::metrics::describe;
use store::Store;
use tokio::time::advance;
use written::{assert_written, one_of_each};

#[tokio::test(start_paused = true)]
async fn events_after_an_idle_timeout_are_counted() {
    let store = Store::default();
    metrics::set_global_recorder(store.clone()).unwrap();
    describe();
    let breaker = CircuitBreaker::new("idle");
    for _ in 0..3 {
        one_of_each(&breaker).await;
        one_of_each(&breaker).await;
        assert_written(&store, 2);
        advance(Duration::from_secs(2)).await;
        store.clear();
    }
    breaker.force_open();
    store.clear();
    advance(Duration::from_secs(2)).await;
    // A forced-open breaker rejects without reading the clock, so the counter reads it.
    assert!(breaker.try_acquire().is_err());
    assert_eq!(store.count("retry_utils_circuit_breaker_rejected_total"), 1);
}
