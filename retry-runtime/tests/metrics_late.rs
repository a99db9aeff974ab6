//! An exporter that is installed when events have happened already. In a process of its own, since
//! there is one exporter for each.

#[path = "support/store.rs"]
mod store;
#[path = "support/written.rs"]
mod written;

use retry_runtime::CircuitBreaker;
use retry_runtime::observe::metrics::describe;
use store::Store;
use written::{assert_written, one_of_each};

#[tokio::test(start_paused = true)]
async fn events_after_the_installation_are_counted() {
    let breaker = CircuitBreaker::new("late");
    one_of_each(&breaker).await;
    // Too early: there is nothing to describe them to.
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
}
