//! Tests a breaker that the registry holds weakly. It needs its own process, because a test that
//! lists all breakers keeps each alive briefly.

use std::sync::Arc;

use retry_runtime::{CircuitBreaker, registry};

#[test]
fn an_arc_is_held_weakly_and_frees_its_name() {
    let breaker = Arc::new(CircuitBreaker::new("weak"));
    registry::add_arc(&breaker).unwrap();
    registry::add_arc(&breaker).unwrap();
    assert_eq!(Arc::strong_count(&breaker), 1);
    let handle = registry::get("weak").unwrap();
    drop(breaker);
    let names: Vec<_> = registry::all().into_iter().map(|snapshot| snapshot.name).collect();
    assert_eq!(names, ["weak"], "a handle keeps it alive");
    drop(handle);
    assert!(registry::get("weak").is_none());
    assert!(registry::all().is_empty());
    let next = Arc::new(CircuitBreaker::new("weak"));
    assert_eq!(registry::add_arc(&next), Ok(()));
}
