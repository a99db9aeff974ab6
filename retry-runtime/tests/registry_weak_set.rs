//! Tests a set of breakers that the registry holds weakly. It needs its own process, because a test
//! that lists all breakers keeps each alive briefly.

use std::sync::Arc;

use retry_runtime::observe::NotListed;
use retry_runtime::{CircuitBreakers, CircuitState, registry};

#[test]
fn a_set_in_an_arc_is_held_weakly_and_frees_its_name() {
    let client = || Arc::new(CircuitBreakers::named(format!("hosts-of-{}", "acme")));
    let set = client();
    registry::add_keyed(&set).unwrap();
    registry::add_keyed(&set).unwrap();
    assert_eq!(Arc::strong_count(&set), 1);
    assert_eq!(registry::add_keyed(&client()), Err(NotListed::DuplicateName));
    let breaker = set.for_key("eu");
    assert_eq!(registry::get("hosts-of-acme/eu").unwrap().name(), "hosts-of-acme/eu");
    breaker.trip();
    drop(set);
    assert!(registry::get("hosts-of-acme/eu").is_none(), "the set is gone, if not its breaker");
    assert_eq!(breaker.state(), CircuitState::Open);
    let next = client();
    assert_eq!(registry::add_keyed(&next), Ok(()));
    next.for_key("us").trip();
    let open = registry::all().into_iter().filter(|it| it.state == CircuitState::Open);
    assert_eq!(open.map(|it| it.name).collect::<Vec<_>>(), ["hosts-of-acme/us"]);
}
