//! Small models of the races in a budget, explored in every interleaving.

use std::sync::Arc;

use super::listed::Listed;
use super::{BudgetOverride, RetryBudget};
use crate::breaker::tests::models::{explore, race};
use crate::name::Named;

fn budget(make: fn() -> RetryBudget) -> (Arc<RetryBudget>, Arc<RetryBudget>) {
    let budget = Arc::new(make());
    (Arc::clone(&budget), budget)
}

/// Two retries compete for the last token: one gets it.
#[test]
fn two_ask_for_the_last_token() {
    explore(|| {
        let (one, other) = budget(|| RetryBudget::new().burst(1));
        let got = race(move || one.withdraw(|| 0), move || other.withdraw(|| 0));
        assert!(got.0 != got.1);
    });
}

/// Two calls deposit half a token each while a retry withdraws: no token is lost or duplicated.
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
        assert_eq!(kept.held().thousandths, left);
    });
}

/// Two retries withdraw in the millisecond in which a floor of one per second adds a token: it is
/// paid once.
#[test]
fn a_floor_is_paid_once() {
    explore(|| {
        let (one, other) = budget(|| RetryBudget::new().ratio(0.0).initial(0).min_per_second(1));
        assert!(!one.withdraw(|| 0));
        let got = race(move || one.withdraw(|| 1000), move || other.withdraw(|| 1000));
        assert!(got.0 != got.1);
    });
}

/// Two first withdrawals start the floor: it starts once, and neither gets a token.
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

/// Returns a budget with a name that is `'static`.
fn named() -> &'static RetryBudget {
    Box::leak(Box::new(RetryBudget::new().name("llm")))
}

/// Two first withdrawals check whether they have to list the budget: one of them has to.
#[test]
fn two_first_withdrawals() {
    explore(|| {
        let budget = named();
        let first = race(|| budget.take_unlisted(), || budget.take_unlisted());
        assert!(first.0 != first.1);
    });
}

/// A withdrawal and a caller list one budget: it is listed once, and neither is refused.
#[test]
fn one_budget_is_listed_twice() {
    explore(|| {
        let (budget, one) = (named(), Arc::new(Listed::new()));
        let (other, listed) = (Arc::clone(&one), Arc::clone(&one));
        let results = race(move || one.list("llm", budget), move || other.list("llm", budget));
        assert_eq!(results, (Ok(()), Ok(())));
        assert_eq!(listed.all(), [budget]);
    });
}

/// Two budgets with the same name are listed: one gets the name.
#[test]
fn two_budgets_race_for_a_name() {
    explore(|| {
        let one = Arc::new(Listed::new());
        let (other, listed) = (Arc::clone(&one), Arc::clone(&one));
        let results = race(move || one.list("llm", named()), move || other.list("llm", named()));
        assert!(results.0.is_ok() != results.1.is_ok());
        assert_eq!(listed.all().len(), 1);
    });
}

/// `burst` is lowered while a retry withdraws and a call deposits: the balance is at most the new
/// `burst`, even if the deposit used the old one and ends last.
#[test]
fn burst_is_lowered_during_a_withdrawal_and_a_deposit() {
    explore(|| {
        let (one, other) = budget(|| RetryBudget::new().ratio(1.0).burst(5));
        let changed = Arc::clone(&one);
        let (got, ()) = race(
            move || {
                let got = one.withdraw(|| 0);
                one.deposit();
                got
            },
            move || other.change(&BudgetOverride::new().burst(4)),
        );
        assert!(got);
        assert_eq!((0..9).filter(|_| changed.withdraw(|| 0)).count(), 4);
    });
}

/// A budget is listed while its name is configured: it gets the configuration.
#[test]
fn a_budget_is_listed_while_it_is_configured() {
    explore(|| {
        let (budget, one) = (named(), Arc::new(Listed::new()));
        let other = Arc::clone(&one);
        let overrides = Named(vec![("llm".to_owned(), BudgetOverride::new().burst(2))]);
        let (listed, ()) =
            race(move || one.list("llm", budget), move || other.configure(overrides));
        assert_eq!((listed, budget.snapshot().burst), (Ok(()), 2));
    });
}
