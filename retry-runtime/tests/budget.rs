//! Tests of the balance of a budget, by hand and with many threads.

#![allow(clippy::float_cmp)] // A balance is exact to the thousandth.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use retry_runtime::{RetryBudget, RetryBudgets};
use tokio::time::advance;

/// Takes all tokens out, and returns their number.
fn drain(budget: &RetryBudget) -> u32 {
    let mut tokens = 0;
    while budget.try_withdraw() {
        tokens += 1;
    }
    tokens
}

#[test]
fn it_begins_full_or_with_what_is_said() {
    assert_eq!(drain(&RetryBudget::new()), 100);
    assert_eq!(drain(&RetryBudget::new().burst(7)), 7);
    assert_eq!(drain(&RetryBudget::new().burst(7).initial(3)), 3);
    assert_eq!(RetryBudget::default().balance(), 100.0);
}

#[test]
fn shares_are_exact_to_the_thousandth() {
    for (ratio, withdrawn) in
        [(0.001, 10), (0.01, 100), (0.3, 3000), (0.75, 7500), (0.99, 9900), (1.0, 10000)]
    {
        let budget = RetryBudget::new().ratio(ratio).initial(0);
        let mut found = 0;
        for _ in 0..10_000 {
            budget.deposit();
            found += u32::from(budget.try_withdraw());
        }
        assert_eq!(found, withdrawn, "{ratio}");
    }
}

#[test]
fn there_are_never_more_than_burst_and_none_goes_bad() {
    let budget = RetryBudget::new().ratio(0.7).burst(3).initial(2);
    for _ in 0..10 {
        budget.deposit();
    }
    assert_eq!(budget.balance(), 3.0);
    assert_eq!(drain(&budget), 3);
}

#[tokio::test(start_paused = true)]
async fn the_floor_comes_with_time() {
    let budget = RetryBudget::new().ratio(0.0).burst(5).initial(0).min_per_second(2);
    // The floor counts from the first withdrawal.
    assert!(!budget.try_withdraw());
    advance(Duration::from_millis(499)).await;
    assert!(!budget.try_withdraw());
    advance(Duration::from_millis(1)).await;
    assert!(budget.try_withdraw() && !budget.try_withdraw());
    advance(Duration::from_millis(1250)).await;
    assert_eq!(budget.balance(), 2.5);
    assert_eq!(drain(&budget), 2);
    advance(Duration::from_secs(360_000)).await;
    assert_eq!(drain(&budget), 5);
}

/// A higher floor is not possible: each millisecond brings as many tokens as the budget can hold.
#[tokio::test(start_paused = true)]
async fn the_largest_floor_that_is_accepted_is_kept() {
    for (burst, per_second) in [(1, 1000), (3, 3000), (100, 100_000)] {
        let budget = RetryBudget::new().ratio(0.0).burst(burst).initial(0);
        let budget = budget.min_per_second(per_second);
        assert!(!budget.try_withdraw());
        let mut withdrawn = 0;
        for _ in 0..1000 {
            advance(Duration::from_millis(1)).await;
            withdrawn += drain(&budget);
        }
        assert_eq!(withdrawn, per_second);
    }
}

#[tokio::test(start_paused = true)]
async fn deposits_do_not_expire() {
    let budget = RetryBudget::new().ratio(1.0).initial(0);
    budget.deposit();
    advance(Duration::from_secs(3_600_000)).await;
    assert_eq!(drain(&budget), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reset_brings_back_what_there_was_at_first() {
    let budget = RetryBudget::new().burst(7).initial(3).min_per_second(1);
    assert_eq!(drain(&budget), 3);
    advance(Duration::from_secs(2)).await;
    budget.reset();
    assert_eq!(budget.balance(), 3.0);
    // The floor counts again, from the next withdrawal.
    assert_eq!(drain(&budget), 3);
    advance(Duration::from_secs(1)).await;
    assert_eq!(drain(&budget), 1);
}

#[test]
fn threads_lose_nothing_and_get_nothing_twice() {
    const CALLS: u32 = 50_000;
    let budget = RetryBudget::new().ratio(0.1).burst(100_000).initial(1000);
    let withdrawn = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..CALLS {
                    budget.deposit();
                    withdrawn.fetch_add(u32::from(budget.try_withdraw()), Ordering::Relaxed);
                }
            });
        }
    });
    let withdrawn = withdrawn.into_inner() + drain(&budget);
    assert_eq!(withdrawn, 1000 + 4 * CALLS / 10);
}

#[test]
fn each_key_has_a_budget_and_all_have_the_settings() {
    let hosts = RetryBudgets::new().ratio(0.5).burst(2).initial(1);
    assert!(hosts.is_empty());
    assert_eq!(drain(&hosts.for_key("a")), 1);
    assert_eq!(hosts.for_key("a").balance(), 0.0);
    assert_eq!(hosts.for_key(String::from("b")).balance(), 1.0);
    hosts.for_key("a").deposit();
    assert_eq!(hosts.for_key("a").balance(), 0.5);
    assert_eq!(hosts.len(), 2);
}

#[test]
fn a_key_does_not_come_back_with_more() {
    let hosts = RetryBudgets::new().burst(2).max_keys(2);
    drain(&hosts.for_key("spent"));
    let full = hosts.for_key("full");
    // It replaces the key whose loss forgets nothing.
    hosts.for_key("new");
    assert_eq!(hosts.for_key("spent").balance(), 0.0);
    assert_eq!(hosts.len(), 2);
    // The evicted budget still works for its holders.
    assert_eq!(drain(&full), 2);
    drain(&hosts.for_key("new"));
    // No key can be evicted, so new keys share 16 budgets.
    let other = hosts.for_key("other");
    assert_eq!(drain(&other), 2);
    assert!(Arc::ptr_eq(&other, &hosts.for_key("other")));
    let spent: u32 = (0..1600).map(|key| drain(&hosts.for_key(format!("other {key}")))).sum();
    assert_eq!(spent, 15 * 2);
    assert_eq!(hosts.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_has_refilled_by_the_clock_can_go() {
    let hosts = RetryBudgets::new().burst(20).initial(10).min_per_second(5).max_keys(1);
    let spent = hosts.for_key("spent");
    drain(&spent);
    let is_kept = |new: &str| {
        let _ = hosts.for_key(new);
        Arc::strong_count(&spent) == 2
    };
    advance(Duration::from_millis(1999)).await;
    assert!(is_kept("too early"));
    advance(Duration::from_millis(1)).await;
    assert!(!is_kept("new"), "it holds what a new one would");
}

#[tokio::test(start_paused = true)]
async fn spent_budgets_fill_a_set_only_until_they_have_refilled() {
    let hosts = RetryBudgets::new().burst(10).min_per_second(5);
    for key in 0..1024 {
        assert!(hosts.for_key(format!("evil {key}")).try_withdraw());
    }
    let different_budgets = || {
        let found: Vec<_> = (0..1024).map(|key| hosts.for_key(format!("good {key}"))).collect();
        found.iter().map(Arc::as_ptr).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(different_budgets(), 16);
    advance(Duration::from_millis(200)).await;
    assert_eq!(different_budgets(), 1024);
}

#[test]
fn one_key_that_spends_all_takes_tokens_from_few_others() {
    let hosts = RetryBudgets::new();
    for key in 0..1024 {
        assert!(hosts.for_key(format!("evil {key}")).try_withdraw());
    }
    assert_eq!(drain(&hosts.for_key("evil new")), 100);
    let without = |key: &u32| hosts.for_key(format!("good {key}")).balance() < 100.0;
    let without = (0..1600).filter(without).count();
    // A sixteenth is expected. Fewer than 40 or more than 200 do not happen by chance.
    assert!((40..200).contains(&without), "{without} of 1600");
}

#[test]
fn it_shows_what_it_holds() {
    let budget = RetryBudget::new().initial(3);
    assert_eq!(
        format!("{budget:?}"),
        "RetryBudget { balance: 3.0, ratio: 0.1, burst: 100, min_per_second: 0 }"
    );
    assert_eq!(budget, budget);
    assert_ne!(budget, RetryBudget::new().initial(3));
}

#[test]
fn a_very_long_key_shares_a_budget() {
    let hosts = RetryBudgets::new().burst(1);
    for (length, len) in [(1024, 1), (1025, 1), (1_000_000, 1)] {
        let budget = hosts.for_key("k".repeat(length));
        assert_eq!(hosts.len(), len, "{length}");
        assert!(budget.try_withdraw() || length > 1025, "the two longest begin with the same");
        assert!(!hosts.for_key("k".repeat(length)).try_withdraw(), "{length}");
    }
}

#[test]
fn each_limit_has_a_message() {
    let message = |make: fn() -> RetryBudget| {
        let panic = std::panic::catch_unwind(make).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    };
    for (make, said) in [
        ((|| RetryBudget::new().ratio(-0.1)) as fn() -> RetryBudget, "`ratio` must be"),
        (|| RetryBudget::new().ratio(f64::NAN), "`ratio` must be"),
        (|| RetryBudget::new().ratio(10.001), "`ratio` must be"),
        (|| RetryBudget::new().ratio(0.0005), "in steps of 0.001"),
        (|| RetryBudget::new().burst(0), "`burst` must be"),
        (|| RetryBudget::new().burst(100_001), "`burst` must be"),
        (|| RetryBudget::new().initial(101), "set `burst` first"),
        (|| RetryBudget::new().initial(50).burst(40), "`initial` must not be above"),
        (|| RetryBudget::new().min_per_second(100_001), "`min_per_second` must be"),
        (|| RetryBudget::new().burst(1).min_per_second(1001), "above 1,000 times `burst`"),
        (|| RetryBudget::new().min_per_second(100_000).burst(99), "above 1,000 times `burst`"),
        (|| RetryBudget::new().ratio(1e-10), "`ratio` must be"),
    ] {
        assert!(message(make).contains(said), "{said}: {}", message(make));
    }
    // All multiples of a thousandth are accepted.
    for thousandths in 0..=10_000 {
        let _ = RetryBudget::new().ratio(f64::from(thousandths) / 1000.0);
    }
}
