//! Tests of which threads wait for which, with a lock held.

use std::sync::Mutex;
use std::thread;

use super::*;
use crate::breaker::{CircuitBreaker, CircuitBreakers};
use crate::config::RetryConfig;
use crate::registry;

/// Held by one test at a time, because the configuration belongs to the process.
static ALONE: Mutex<()> = Mutex::new(());

fn threshold(failures: u32) -> BreakerOverride {
    BreakerOverride::new().failure_threshold(failures)
}

/// Returns whether the condition becomes true within a number of turns, so that an endless wait
/// fails.
fn comes_true(condition: impl Fn() -> bool) -> bool {
    (0..10_000_000).any(|_| {
        thread::yield_now();
        condition()
    })
}

/// Waits until another thread has configured this name.
fn wait_for(name: &str) {
    let is_configured = || CONFIGURED.try_read().is_ok_and(|found| found.of(name).is_some());
    assert!(comes_true(is_configured), "the configuration is locked");
}

/// Makes the calls of a failing function that uses everything for the first time.
fn fail_for_the_first_time(late: &'static CircuitBreaker, late_budget: &'static RetryBudget) {
    assert!(comes_true(|| CONFIGURED.try_write().is_ok()), "the configuration is locked");
    registry::add(late).unwrap();
    late.try_acquire().unwrap().failure();
    assert!(late_budget.try_withdraw_static());
    assert!(overrides::in_effect(&RetryConfig::new(), "held/other").is_none());
}

/// One breaker cannot be changed at the moment, so `configure` waits there. Calls continue.
#[test]
fn no_call_waits_for_more_than_its_own_breaker() {
    static HELD: CircuitBreaker = CircuitBreaker::new("held/single");
    static LATE: CircuitBreaker = CircuitBreaker::new("held/late");
    static LATE_BUDGET: RetryBudget = RetryBudget::new().name("held/late");
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    registry::add(&HELD).unwrap();
    let overrides = Overrides::new()
        .breaker("held/single", threshold(7))
        .breaker("held/late", threshold(8))
        .operation("held/operation", OperationOverride::new().max_attempts(2))
        .budget("held/late", BudgetOverride::new().burst(3));
    let held = HELD.changing();
    thread::scope(|scope| {
        let configuring = scope.spawn(|| configure(overrides).unwrap());
        wait_for("held/single");
        fail_for_the_first_time(&LATE, &LATE_BUDGET);
        assert_eq!(LATE.snapshot().failure_threshold, 8);
        assert!(!configuring.is_finished());
        drop(held);
    });
    assert_eq!(HELD.snapshot().failure_threshold, 7);
    assert_eq!(LATE.snapshot().failure_threshold, 8);
    assert_eq!(LATE_BUDGET.snapshot().burst, 3);
    assert_eq!(unused_overrides().len(), 1, "no call of the operation has failed");
    configure(Overrides::new()).unwrap();
    assert_eq!(LATE.snapshot().failure_threshold, 5);
}

/// The same in a set, whose other keys, known and new, are used meanwhile.
#[test]
fn no_call_waits_for_another_key() {
    static HELD: CircuitBreakers = CircuitBreakers::new("held-set");
    static LATE: CircuitBreaker = CircuitBreaker::new("held-set-late");
    static LATE_BUDGET: RetryBudget = RetryBudget::new().name("held-set-late");
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    registry::add_keyed(&HELD).unwrap();
    for key in 0..200 {
        HELD.for_key(key.to_string());
    }
    let breaker = HELD.for_key("100");
    let held = breaker.changing();
    thread::scope(|scope| {
        let overrides = Overrides::new().breaker("held-set", threshold(7));
        let configuring = scope.spawn(|| configure(overrides).unwrap());
        wait_for("held-set");
        HELD.for_key("0").try_acquire().unwrap().failure();
        HELD.for_key("100").try_acquire().unwrap().failure();
        HELD.for_key("new").try_acquire().unwrap().failure();
        fail_for_the_first_time(&LATE, &LATE_BUDGET);
        assert!(!configuring.is_finished());
        drop(held);
    });
    assert!(HELD.all().iter().all(|breaker| breaker.failure_threshold == 7));
    configure(Overrides::new()).unwrap();
}

/// A key that is not named is not touched, so a change of one key does not affect the others.
#[test]
fn only_the_breakers_that_are_named_are_changed() {
    static SET: CircuitBreakers = CircuitBreakers::new("untouched-set");
    static SINGLE: CircuitBreaker = CircuitBreaker::new("untouched-single");
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    registry::add_keyed(&SET).unwrap();
    registry::add(&SINGLE).unwrap();
    let (named, other) = (SET.for_key("named"), SET.for_key("other"));
    let (held_single, held_other) = (SINGLE.changing(), other.changing());
    thread::scope(|scope| {
        let overrides = Overrides::new().breaker("untouched-set/named", threshold(7));
        let configuring = scope.spawn(move || configure(overrides).unwrap());
        let finished = comes_true(|| configuring.is_finished());
        drop((held_single, held_other));
        assert!(finished, "it waits for a breaker that it does not change");
    });
    assert_eq!(named.snapshot().failure_threshold, 7);
    configure(Overrides::new()).unwrap();
    assert_eq!(named.snapshot().failure_threshold, 5);
}

/// Configurations wait for each other, so the last one applies to everything.
#[test]
fn of_two_configurations_at_once_one_holds_for_operations_breakers_and_budgets() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new("whole");
    static SET: CircuitBreakers = CircuitBreakers::new("whole-set");
    static BUDGET: RetryBudget = RetryBudget::new().name("whole");
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    registry::add(&BREAKER).unwrap();
    registry::add_keyed(&SET).unwrap();
    registry::add_budget(&BUDGET).unwrap();
    for key in 0..100 {
        SET.for_key(key.to_string());
    }
    let to = |number| {
        Overrides::new()
            .operation("whole", OperationOverride::new().max_attempts(number))
            .breaker("whole", threshold(number))
            .breaker("whole-set", threshold(number))
            .budget("whole", BudgetOverride::new().burst(number))
    };
    for _ in 0..50 {
        thread::scope(|scope| {
            for number in [10, 20, 30] {
                scope.spawn(move || configure(to(number)).unwrap());
            }
        });
        let whole = BREAKER.snapshot().failure_threshold;
        let policy = overrides::in_effect(&RetryConfig::new(), "whole").unwrap();
        assert_eq!((policy.max_attempts, BUDGET.snapshot().burst), (whole, whole));
        assert!(SET.all().iter().all(|breaker| breaker.failure_threshold == whole));
    }
    configure(Overrides::new()).unwrap();
}
