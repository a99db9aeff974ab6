//! Tests with an exporter that is installed after the first events. A process has one global
//! exporter, so this test needs its own process.

#[path = "support/store.rs"]
mod store;
#[path = "support/written.rs"]
mod written;

use retry_runtime::CircuitBreaker;
use retry_runtime::observe::metrics::describe;
use store::{Store, also};
use written::{assert_written, one_of_each};

static OTHER: CircuitBreaker = CircuitBreaker::new("other");

#[tokio::test(start_paused = true)]
async fn events_after_the_installation_are_counted() {
    let breaker = CircuitBreaker::new("late");
    one_of_each(&breaker).await;
    // Too early: no exporter is installed yet.
    describe();
    one_of_each(&breaker).await;
    let store = Store::default();
    metrics::set_global_recorder(store.clone()).unwrap();
    one_of_each(&breaker).await;
    assert_written(&store, 1);
    describe();
    one_of_each(&breaker).await;
    one_of_each(&breaker).await;
    assert_written(&store, 3);
    // Describing them again changes nothing, and neither does another thread.
    describe();
    let there = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(one_of_each(&breaker));
    });
    there.join().unwrap();
    assert_written(&store, 4);
    // An exporter that causes an event while it counts one.
    OTHER.force_open();
    also(|| assert!(OTHER.try_acquire().is_err()));
    assert!(OTHER.try_acquire().is_err());
    assert_eq!(store.count("retry_utils_circuit_breaker_rejected_total"), 4 + 2);
}
