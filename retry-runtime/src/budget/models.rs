//! Every interleaving of the races that the budget claims to settle, in small.

use std::sync::Arc;

use super::RetryBudget;
use crate::breaker::models::{explore, race};

fn budget(make: fn() -> RetryBudget) -> (Arc<RetryBudget>, Arc<RetryBudget>) {
    let budget = Arc::new(make());
    (Arc::clone(&budget), budget)
}

/// Two retries ask for the one token that is left: one gets it.
#[test]
fn two_ask_for_the_last_token() {
    explore(|| {
        let (one, other) = budget(|| RetryBudget::new().burst(1));
        let got = race(move || one.withdraw(|| 0), move || other.withdraw(|| 0));
        assert!(got.0 != got.1);
    });
}

/// Two calls put in half a token each while a retry asks: nothing is lost, and nothing is there twice.
#[test]
fn two_deposits_and_a_withdrawal() {
    explore(|| {
        let (one, other) = budget(|| RetryBudget::new().ratio(0.5).burst(2).initial(0));
        let kept = Arc::clone(&one);
        let (got, ()) = race(
            move || {
                one.deposit();
                one.withdraw(|| 0)
            },
            move || other.deposit(),
        );
        let left = if got { 0 } else { 1000 };
        assert_eq!(kept.thousandths(), left);
    });
}

/// Two retries ask in the millisecond in which a floor of one a second has brought one token: it is paid once.
#[test]
fn a_floor_is_paid_once() {
    explore(|| {
        let (one, other) = budget(|| RetryBudget::new().ratio(0.0).initial(0).min_per_second(1));
        assert!(!one.withdraw(|| 0));
        let got = race(move || one.withdraw(|| 1000), move || other.withdraw(|| 1000));
        assert!(got.0 != got.1);
    });
}

/// Two first askers begin the floor's count: it begins once, and neither gets a token.
#[test]
fn a_floor_begins_once() {
    explore(|| {
        let (one, other) = budget(|| RetryBudget::new().ratio(0.0).initial(0).min_per_second(1));
        let kept = Arc::clone(&one);
        let got = race(move || one.withdraw(|| 10), move || other.withdraw(|| 500));
        assert_eq!(got, (false, false));
        assert!(kept.withdraw(|| 1500) && !kept.withdraw(|| 1500));
    });
}
