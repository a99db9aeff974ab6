//! Tests of the full registry: one for breakers and one for budgets.

mod support;

use std::sync::{Arc, Mutex};

use retry_runtime::observe::{self, Event, NotListed};
use retry_runtime::{CircuitBreaker, CircuitState, RetryBudget, registry};
use support::fail;

static REFUSED: Mutex<Vec<(String, NotListed)>> = Mutex::new(Vec::new());

#[test]
fn a_breaker_beyond_the_capacity_works_unlisted() {
    static LATE: CircuitBreaker = CircuitBreaker::new("late");
    observe::add_listener(|event: &Event<'_>| {
        if let Event::NotListed { breaker, reason, .. } = event {
            REFUSED.lock().unwrap().push(((*breaker).to_owned(), *reason));
        }
    })
    .unwrap();
    let weak = Arc::new(CircuitBreaker::new("weak"));
    registry::add_arc(&weak).unwrap();
    for number in 1..registry::CAPACITY {
        registry::get_or_insert(format!("breaker {number}"), || CircuitBreaker::new(""));
    }
    assert_eq!(registry::all().len(), registry::CAPACITY);
    assert!(REFUSED.lock().unwrap().is_empty());
    for number in 1..registry::CAPACITY {
        let name = format!("breaker {number}");
        assert_eq!(registry::get(&name).expect("listed").name(), name);
    }

    let unlisted =
        registry::get_or_insert("one more", || CircuitBreaker::new("").failure_threshold(1));
    assert_eq!(unlisted.name(), "one more");
    fail(&unlisted, 1);
    assert_eq!(unlisted.state(), CircuitState::Open);
    assert!(registry::get("one more").is_none());
    assert_eq!(registry::add(&LATE), Err(NotListed::Full));
    assert_eq!(registry::get_or_insert("breaker 1", || panic!("listed")).name(), "breaker 1");
    assert_eq!(
        REFUSED.lock().unwrap().drain(..).collect::<Vec<_>>(),
        [(String::from("one more"), NotListed::Full), (String::from("late"), NotListed::Full)]
    );

    // Each name is reported once, in bounded memory: as many as fit in the list, and the rest
    // together.
    for _ in 0..100 {
        registry::get_or_insert("one more", || CircuitBreaker::new(""));
        assert_eq!(registry::add(&LATE), Err(NotListed::Full));
    }
    assert!(REFUSED.lock().unwrap().is_empty());
    for _ in 0..2 {
        for number in 0..2 * registry::CAPACITY {
            registry::get_or_insert(format!("further {number}"), || CircuitBreaker::new(""));
        }
    }
    let told = REFUSED.lock().unwrap().drain(..).map(|(name, _)| name).collect::<Vec<_>>();
    // Two were reported before.
    let each_once = (0..registry::CAPACITY - 2).map(|number| format!("further {number}"));
    assert_eq!(told, each_once.chain(["other".to_owned()]).collect::<Vec<_>>());

    drop(weak);
    assert_eq!(registry::add(&LATE), Ok(()), "a breaker that is gone makes room");
}

#[test]
fn a_budget_beyond_the_capacity_works_unlisted() {
    static LATE: RetryBudget = RetryBudget::new().name("late").burst(1);
    static REFUSED: Mutex<Vec<(String, NotListed)>> = Mutex::new(Vec::new());
    observe::add_listener(|event: &Event<'_>| {
        if let Event::BudgetNotListed { budget, reason, .. } = event {
            REFUSED.lock().unwrap().push(((*budget).to_owned(), *reason));
        }
    })
    .unwrap();
    for number in 0..registry::CAPACITY {
        let name = Box::leak(format!("budget {number}").into_boxed_str());
        registry::add_budget(Box::leak(Box::new(RetryBudget::new().name(name)))).unwrap();
    }
    assert_eq!(registry::budgets().len(), registry::CAPACITY);
    for _ in 0..3 {
        assert_eq!(registry::add_budget(&LATE), Err(NotListed::Full));
    }
    assert_eq!(*REFUSED.lock().unwrap(), [("late".to_owned(), NotListed::Full)]);
    assert!(LATE.try_withdraw() && !LATE.try_withdraw());
}
