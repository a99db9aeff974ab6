//! Tests of the registry below its capacity.

mod support;

use std::cell::RefCell;
use std::sync::{Arc, Barrier, Once};
use std::thread;

use retry_runtime::observe::{self, Event, NotListed};
use retry_runtime::registry::{self, Snapshot};
use retry_runtime::{CircuitBreaker, CircuitBreakers, CircuitState, Mode, Permit};
use support::{RECOVERY, acquire, fail, ripen};
use tokio::time::{Instant, advance};

thread_local! {
    static REFUSED: RefCell<Vec<(String, NotListed)>> = const { RefCell::new(Vec::new()) };
}

fn listen() {
    static OBSERVER: Once = Once::new();
    OBSERVER.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::NotListed { breaker, reason, .. } = event {
                // No lock may be held while a listener runs.
                let _ = registry::all();
                REFUSED.with_borrow_mut(|refused| refused.push(((*breaker).to_owned(), *reason)));
            }
        })
        .unwrap();
    });
}

fn snapshot(name: &str) -> Snapshot {
    registry::all().into_iter().find(|snapshot| snapshot.name == name).expect("listed")
}

#[test]
fn a_static_is_listed_by_add() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new("static");
    assert!(registry::get("static").is_none());
    assert_eq!(registry::add(&BREAKER), Ok(()));
    assert_eq!(registry::add(&BREAKER), Ok(()), "adding it again is fine");
    let handle = registry::get("static").unwrap();
    assert!(std::ptr::eq(&raw const *handle, &raw const BREAKER));
    assert_eq!(format!("{handle:?}"), format!("Handle({BREAKER:?})"));
}

#[test]
fn get_or_insert_makes_one_breaker_of_that_name() {
    let made = registry::get_or_insert(String::from("made"), || {
        assert!(
            registry::get("made").is_none(),
            "the registry can be used while a breaker is made"
        );
        CircuitBreaker::new("other").failure_threshold(1)
    });
    assert_eq!(made.name(), "made");
    assert!(registry::get("other").is_none());
    let again = registry::get_or_insert("made", || panic!("made twice"));
    fail(&again, 1);
    assert_eq!(made.clone().state(), CircuitState::Open);
}

#[test]
fn threads_that_insert_at_once_get_the_same_breaker() {
    let start = Arc::new(Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let start = Arc::clone(&start);
            thread::spawn(move || {
                start.wait();
                registry::get_or_insert("raced", || CircuitBreaker::new("raced"))
            })
        })
        .collect();
    let handles: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(handles.iter().all(|handle| std::ptr::eq(&raw const **handle, &raw const *handles[0])));
}

#[test]
fn a_second_breaker_of_a_name_works_unlisted() {
    static FIRST: CircuitBreaker = CircuitBreaker::new("twice").failure_threshold(1);
    static SECOND: CircuitBreaker = CircuitBreaker::new("twice").failure_threshold(1);
    listen();
    registry::add(&FIRST).unwrap();
    let refused = registry::add(&SECOND);
    assert_eq!(refused, Err(NotListed::DuplicateName));
    assert_eq!(refused.unwrap_err().to_string(), "duplicate_name");
    let third = Arc::new(CircuitBreaker::new("twice"));
    assert_eq!(registry::add_arc(&third), Err(NotListed::DuplicateName));
    let told = REFUSED.take();
    assert_eq!(told, vec![(String::from("twice"), NotListed::DuplicateName); 2]);

    fail(&SECOND, 1);
    assert_eq!((FIRST.state(), SECOND.state()), (CircuitState::Closed, CircuitState::Open));
    assert_eq!(registry::get("twice").unwrap().state(), CircuitState::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_says_what_the_breaker_is_doing() {
    let breaker = registry::get_or_insert("snapshot", || {
        CircuitBreaker::new("").failure_threshold(3).success_threshold(4)
    });
    assert_eq!(snapshot("snapshot").since, None, "as it was made");
    fail(&breaker, 2);
    let closed = snapshot("snapshot");
    assert_eq!(
        (closed.state, closed.mode, closed.forced),
        (CircuitState::Closed, Mode::Enforce, false)
    );
    assert_eq!((closed.failures, closed.failure_threshold), (2, 3));
    assert_eq!((closed.successes, closed.success_threshold), (0, 4));

    let opened = Instant::now();
    fail(&breaker, 1);
    advance(RECOVERY).await;
    let open = snapshot("snapshot");
    assert_eq!((open.state, open.since, open.failures), (CircuitState::Open, Some(opened), 0));

    let half_opened = Instant::now();
    acquire(&breaker).success();
    let half_open = snapshot("snapshot");
    assert_eq!((half_open.state, half_open.since), (CircuitState::HalfOpen, Some(half_opened)));
    assert_eq!((half_open.failures, half_open.successes), (0, 1));

    breaker.set_mode(Mode::Observe);
    breaker.force_closed();
    let forced = snapshot("snapshot");
    assert_eq!((forced.mode, forced.forced), (Mode::Observe, true));
    breaker.set_mode(Mode::Enforce);
    breaker.reset();
    ripen(&breaker).await;
}

#[test]
fn all_is_in_the_order_of_names() {
    for name in ["order/b", "order/a"] {
        registry::get_or_insert(name, || CircuitBreaker::new(name));
    }
    let names: Vec<_> = registry::all().into_iter().map(|snapshot| snapshot.name).collect();
    assert!(names.is_sorted());
}

#[test]
fn what_has_no_name_works_and_is_not_listed() {
    static NAMELESS: CircuitBreaker = CircuitBreaker::new("");
    let set = Arc::new(CircuitBreakers::named(""));
    let breaker = Arc::new(CircuitBreaker::named(String::new()));
    for refused in
        [registry::add(&NAMELESS), registry::add_arc(&breaker), registry::add_keyed(&set)]
    {
        assert_eq!(refused, Err(NotListed::Unnamed));
    }
    assert_eq!(registry::get_or_insert("", || CircuitBreaker::new("b")).name(), "");
    assert!(registry::get("").is_none());
    assert_eq!(breaker.try_acquire().map(Permit::success).ok(), Some(()));
}
