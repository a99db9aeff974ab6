//! Tests of budgets with a name: their registration, and the content of the list.

#![allow(clippy::float_cmp)] // A balance is exact to the thousandth.

use std::cell::RefCell;
use std::future::ready;
use std::io::{Error, ErrorKind};
use std::sync::{Barrier, Once};
use std::thread;
use std::time::Duration;

use retry_runtime::observe::{self, Event, NotListed};
use retry_runtime::registry::{self, BudgetSnapshot};
use retry_runtime::{FailureKind, Jitter, RetryBudget, RetryConfig, STANDARD};

const FAST: RetryConfig =
    STANDARD.jitter(Jitter::None).base_delay(Duration::ZERO).max_delay(Duration::ZERO);

thread_local! {
    static REFUSED: RefCell<Vec<(String, NotListed)>> = const { RefCell::new(Vec::new()) };
}

fn listen() {
    static LISTENER: Once = Once::new();
    LISTENER.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::BudgetNotListed { budget, reason, .. } = event {
                // No lock may be held while a listener runs.
                let _ = registry::budgets();
                REFUSED.with_borrow_mut(|refused| refused.push(((*budget).to_owned(), *reason)));
            }
        })
        .unwrap();
    });
}

fn snapshot(name: &str) -> Option<BudgetSnapshot> {
    registry::budgets().into_iter().find(|snapshot| snapshot.name == name)
}

/// Makes a call that always fails with this kind.
async fn fail(policy: &RetryConfig, kind: ErrorKind) {
    policy.run(|| ready(Err::<(), _>(Error::from(kind)))).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_policys_budget_is_listed_by_the_first_failure_that_asks_it() {
    static LLM: RetryBudget =
        RetryBudget::new().name("policy").ratio(0.25).burst(7).min_per_second(3);
    const POLICY: RetryConfig = FAST.budget(&LLM);

    POLICY.run(|| ready(Ok::<_, Error>(()))).await.unwrap();
    fail(&POLICY, ErrorKind::PermissionDenied).await;
    fail(&POLICY.max_attempts(1), ErrorKind::TimedOut).await;
    assert_eq!(snapshot("policy"), None);
    fail(&POLICY, ErrorKind::TimedOut).await;
    let listed = snapshot("policy").unwrap();
    assert_eq!((listed.ratio, listed.burst, listed.min_per_second), (0.25, 7, 3));
    assert_eq!(listed.balance, 5.0);
}

#[test]
fn decisions_without_a_loop_list_their_budget() {
    static QUEUE: RetryBudget = RetryBudget::new().name("retries");
    let mut retries = FAST.retries("job").budget(&QUEUE);
    assert_eq!(snapshot("retries"), None);
    assert_eq!(retries.next_failure(FailureKind::Timeout, None), Some(Duration::ZERO));
    assert_eq!(snapshot("retries").unwrap().balance, 99.0);
}

#[tokio::test]
async fn a_borrowed_budget_is_listed_by_hand() {
    static BORROWED: RetryBudget = RetryBudget::new().name("by hand");
    let run = || FAST.run(|| ready(Err::<(), _>(Error::from(ErrorKind::TimedOut))));
    run().budget(&BORROWED).await.unwrap_err();
    assert!(BORROWED.try_withdraw());
    assert_eq!(snapshot("by hand"), None);
    assert_eq!(registry::add_budget(&BORROWED), Ok(()));
    assert_eq!(registry::add_budget(&BORROWED), Ok(()), "adding it again is fine");
    assert_eq!(snapshot("by hand").unwrap().balance, 97.0);
}

#[tokio::test]
async fn a_budget_without_a_name_is_never_listed() {
    static PLAIN: RetryBudget = RetryBudget::new().burst(77);
    listen();
    fail(&FAST.budget(&PLAIN), ErrorKind::TimedOut).await;
    assert_eq!(registry::add_budget(&PLAIN), Err(NotListed::Unnamed));
    assert_eq!(NotListed::Unnamed.to_string(), "unnamed");
    assert!(registry::budgets().iter().all(|snapshot| snapshot.burst != 77));
    assert_eq!(REFUSED.take(), []);
}

#[tokio::test]
async fn a_second_budget_of_a_name_works_unlisted() {
    static FIRST: RetryBudget = RetryBudget::new().name("twice").burst(1);
    static SECOND: RetryBudget = RetryBudget::new().name("twice").ratio(0.0).burst(9);
    listen();
    registry::add_budget(&FIRST).unwrap();
    for _ in 0..2 {
        fail(&FAST.budget(&SECOND), ErrorKind::TimedOut).await;
    }
    assert_eq!(SECOND.balance(), 5.0);
    assert_eq!(REFUSED.take(), [("twice".to_owned(), NotListed::DuplicateName)], "only once");
    assert_eq!(registry::add_budget(&SECOND), Err(NotListed::DuplicateName));
    assert_eq!(REFUSED.take().len(), 1);
    assert_eq!(snapshot("twice").unwrap().burst, 1);
}

#[test]
fn threads_that_ask_first_list_one_budget_once() {
    static RACED: RetryBudget = RetryBudget::new().name("raced");
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                let mut retries = FAST.retries("raced").budget(&RACED);
                assert!(retries.next_failure(FailureKind::Timeout, None).is_some());
            });
        }
    });
    let listed: Vec<_> = registry::budgets();
    assert_eq!(listed.iter().filter(|snapshot| snapshot.name == "raced").count(), 1);
    assert!(listed.is_sorted_by_key(|snapshot| snapshot.name.clone()));
}

#[test]
fn a_name_is_shown_and_must_not_be_empty() {
    let named = RetryBudget::new().name("shown").burst(3);
    assert_eq!(
        format!("{named:?}"),
        r#"RetryBudget { name: "shown", balance: 3.0, ratio: 0.1, burst: 3, min_per_second: 0 }"#
    );
    let empty = std::panic::catch_unwind(|| RetryBudget::new().name("")).unwrap_err();
    assert!(empty.downcast_ref::<&str>().unwrap().contains("`name` must not be empty"));
}
