//! Tests of recorders of a thread, and of the process. A process has one global recorder, so this
//! test needs its own process.

#[path = "support/store.rs"]
mod store;
#[path = "support/written.rs"]
mod written;

use std::cell::Cell;

use metrics::set_default_local_recorder;
use retry_runtime::observe::metrics::{describe, record_states};
use retry_runtime::{CircuitBreaker, CircuitState, registry};
use store::{Store, at_each_gauge};
use written::{assert_written, one_of_each};

#[tokio::test(start_paused = true)]
async fn a_local_recorder_takes_precedence_while_it_is_there() {
    let global = Store::default();
    metrics::set_global_recorder(global.clone()).unwrap();
    // The process's recorder is found even if the thread has a local one.
    let stray = Store::default();
    let local = set_default_local_recorder(&stray);
    describe();
    drop(local);
    let breaker = CircuitBreaker::new("local");
    one_of_each(&breaker).await;
    // Recorders one after another, at the same address.
    let mut place = Box::new(Store::default());
    for before in 1..=3 {
        *place = Store::default();
        let local = set_default_local_recorder(&*place);
        one_of_each(&breaker).await;
        let within = Store::default();
        let nested = set_default_local_recorder(&within);
        one_of_each(&breaker).await;
        drop(nested);
        one_of_each(&breaker).await;
        drop(local);
        assert_written(&within, 1);
        assert_written(&place, 2);
        assert_written(&global, before);
        one_of_each(&breaker).await;
    }
    assert_written(&global, 4);
    assert_written(&stray, 0);
}

/// The breaker changes its state each time its gauge is written.
#[test]
fn the_gauge_of_a_breaker_that_flaps_is_written_at_most_eight_times() {
    let store = Store::default();
    let _local = set_default_local_recorder(&store);
    let breaker = registry::get_or_insert("flaps", || CircuitBreaker::new(""));
    let flapping = breaker.clone();
    let flaps = Cell::new(0);
    at_each_gauge(move || {
        flaps.set(flaps.get() + 1);
        assert!(flaps.get() < 1000, "it is written without end");
        if flapping.state() == CircuitState::Closed { flapping.trip() } else { flapping.reset() }
    });
    breaker.trip();
    // Each of these changes is also written.
    assert_eq!(store.count("retry_utils_circuit_breaker_state"), 8 + 8);
    record_states();
    assert_eq!(store.count("retry_utils_circuit_breaker_state"), 2 * (8 + 8));
}
