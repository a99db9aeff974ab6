//! Tests of settings that change by name while the program runs. A process has one set of them, so
//! each test has exclusive use of it until it ends.

#![allow(clippy::float_cmp)] // A balance is exact to the thousandth.

mod support;

use std::collections::BTreeSet;
use std::future::ready;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use retry_runtime::registry::{
    self, BreakerOverride, BudgetOverride, OperationOverride, Overrides, configure,
    unused_overrides,
};
use retry_runtime::{
    CircuitBreaker, CircuitBreakers, CircuitState, ConfigError, FailureKind, Jitter, Mode,
    RetryBudget, RetryConfig, STANDARD, Window,
};
use support::{RECOVERY, acquire, fail};
use tokio::time::advance;

const PLAIN: RetryConfig = STANDARD.jitter(Jitter::None);

/// The configuration of the process, for one test at a time. It is reset at the end.
struct Alone(#[allow(dead_code)] MutexGuard<'static, ()>);

fn alone() -> Alone {
    static ALONE: Mutex<()> = Mutex::new(());
    Alone(ALONE.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Drop for Alone {
    fn drop(&mut self) {
        configure(Overrides::new()).unwrap();
    }
}

fn operation(name: &str, to: OperationOverride) -> Overrides {
    Overrides::new().operation(name, to)
}

fn breaker(name: &str, to: BreakerOverride) -> Overrides {
    Overrides::new().breaker(name, to)
}

fn budget(name: &str, to: BudgetOverride) -> Overrides {
    Overrides::new().budget(name, to)
}

/// Returns the number of attempts of an always failing call with this name.
async fn attempts(name: &str) -> u32 {
    let mut attempts = 0;
    let failing = || {
        attempts += 1;
        ready(Err::<(), _>(io::Error::from(io::ErrorKind::TimedOut)))
    };
    PLAIN.run(failing).name(name).await.unwrap_err();
    attempts
}

fn parts(error: &ConfigError) -> (&str, &str) {
    (error.place(), error.value())
}

#[tokio::test(start_paused = true)]
async fn attempts_change_by_name_and_back() {
    let _alone = alone();
    assert_eq!(attempts("call").await, 3);
    for number in [1, 2, 7] {
        configure(operation("call", OperationOverride::new().max_attempts(number))).unwrap();
        assert_eq!(attempts("call").await, number);
        assert_eq!(attempts("another").await, 3);
    }
    configure(Overrides::new()).unwrap();
    assert_eq!(attempts("call").await, 3);
}

#[tokio::test(start_paused = true)]
async fn modes_change_by_name() {
    let _alone = alone();
    for mode in [Mode::Observe, Mode::Off] {
        configure(operation("call", OperationOverride::new().mode(mode))).unwrap();
        assert_eq!(attempts("call").await, 1);
    }
    configure(operation("call", OperationOverride::new().mode(Mode::Enforce))).unwrap();
    assert_eq!(attempts("call").await, 3);
    let mut attempts = 0;
    let failing = || {
        attempts += 1;
        ready(Err::<(), _>(io::Error::from(io::ErrorKind::TimedOut)))
    };
    PLAIN.mode(Mode::Off).run(failing).name("call").await.unwrap_err();
    assert_eq!(attempts, 3);
}

#[tokio::test(start_paused = true)]
async fn a_series_that_is_under_way_obeys_from_its_next_failure_on() {
    let _alone = alone();
    let mut attempts = 0;
    let failing = || {
        attempts += 1;
        if attempts == 2 {
            configure(operation("call", OperationOverride::new().max_attempts(2))).unwrap();
        }
        ready(Err::<(), _>(io::Error::from(io::ErrorKind::TimedOut)))
    };
    PLAIN.max_attempts(10).run(failing).name("call").await.unwrap_err();
    assert_eq!(attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn events_show_the_attempts_that_hold() {
    let _alone = alone();
    configure(operation("call", OperationOverride::new().max_attempts(5))).unwrap();
    let mut shown = Vec::new();
    let failing = || ready(Err::<(), _>(io::Error::from(io::ErrorKind::TimedOut)));
    PLAIN
        .run(failing)
        .name("call")
        .on_retry(|event| {
            if let retry_runtime::observe::Event::RetryScheduled { max_attempts, .. } = event {
                shown.push(*max_attempts);
            }
        })
        .await
        .unwrap_err();
    assert_eq!(shown, [5; 4]);
}

#[test]
fn an_error_names_place_value_and_rule_and_changes_nothing() {
    static KEPT: CircuitBreaker = CircuitBreaker::new("kept");
    static SHARE: CircuitBreaker =
        CircuitBreaker::new("share").failure_rate(0.5, 2, Window::calls(4));
    static GROWING: CircuitBreaker =
        CircuitBreaker::new("growing").recovery_backoff(2.0, Duration::from_secs(120));
    let _alone = alone();
    for listed in [&KEPT, &SHARE, &GROWING] {
        registry::add(listed).unwrap();
    }
    let valid = BreakerOverride::new().failure_threshold(9);
    let new = BreakerOverride::new;
    let week = Duration::from_secs(7 * 24 * 3600);
    for (name, wrong, setting, value, rule) in [
        ("kept", new().failure_threshold(0), "failure_threshold", "0", "from 1 to 65,535"),
        ("kept", new().failure_threshold(65_536), "failure_threshold", "65536", "65,535"),
        ("kept", new().success_threshold(0), "success_threshold", "0", "from 1 to 65,535"),
        ("kept", new().failure_rate(0.5), "failure_rate", "0.5", "`failure_threshold` instead"),
        ("none", new().failure_rate(1.5), "failure_rate", "1.5", "at most 1"),
        ("none", new().failure_rate(f64::NAN), "failure_rate", "NaN", "at most 1"),
        ("none", new().recovery_timeout(Duration::ZERO), "recovery_timeout", "0ns", "1 ms"),
        ("share", new().failure_threshold(5), "failure_threshold", "5", "`failure_rate` instead"),
        ("growing", new().recovery_timeout(week), "recovery_timeout", "604800s", "maximum"),
    ] {
        // The override for `a-first` alone would be valid.
        let overrides = breaker("a-first", valid).breaker("kept", valid).breaker(name, wrong);
        let error = configure(overrides).unwrap_err();
        let place = format!("breaker.{name}.{setting}");
        assert_eq!(parts(&error), (place.as_str(), value), "{error}");
        assert!(error.rule().contains(rule), "{error}");
        assert_eq!(KEPT.snapshot().failure_threshold, 5);
    }
    let error = configure(operation("call", OperationOverride::new().max_attempts(0))).unwrap_err();
    assert_eq!(parts(&error), ("operation.call.max_attempts", "0"));
    assert!(error.rule().contains("at least 1"), "{error}");
    assert!(unused_overrides().is_empty());
}

#[test]
fn thresholds_change_while_failures_are_counted() {
    let breaker = CircuitBreaker::new("counting").failure_threshold(10);
    fail(&breaker, 5);
    breaker.reconfigure(&BreakerOverride::new().failure_threshold(3)).unwrap();
    // The threshold is evaluated only when a failure is recorded.
    assert_eq!(breaker.state(), CircuitState::Closed);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), CircuitState::Open);

    let patient = CircuitBreaker::new("patient").failure_threshold(2);
    patient.reconfigure(&BreakerOverride::new().failure_threshold(4)).unwrap();
    fail(&patient, 3);
    assert_eq!(patient.state(), CircuitState::Closed);
    patient.reconfigure(&BreakerOverride::new()).unwrap();
    fail(&patient, 1);
    assert_eq!(patient.state(), CircuitState::Open);
}

#[test]
fn shares_change_over_the_window_that_is_there() {
    let breaker = CircuitBreaker::new("share-of").failure_rate(0.5, 4, Window::calls(8));
    breaker.reconfigure(&BreakerOverride::new().failure_rate(1.0)).unwrap();
    acquire(&breaker).success();
    fail(&breaker, 4);
    assert_eq!(breaker.state(), CircuitState::Closed);
    assert_eq!(breaker.snapshot().failure_rate, Some(1.0));
    breaker.reconfigure(&BreakerOverride::new()).unwrap();
    fail(&breaker, 1);
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[tokio::test(start_paused = true)]
async fn an_open_phase_that_is_under_way_ends_by_the_new_time() {
    let breaker = CircuitBreaker::new("open").failure_threshold(1);
    fail(&breaker, 1);
    advance(Duration::from_secs(10)).await;
    breaker.try_acquire().unwrap_err();
    let shorter = BreakerOverride::new().recovery_timeout(Duration::from_secs(10));
    breaker.reconfigure(&shorter).unwrap();
    acquire(&breaker).success();
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
}

#[tokio::test(start_paused = true)]
async fn successes_change_in_the_middle_of_a_recovery() {
    let breaker = CircuitBreaker::new("recovering").failure_threshold(1);
    fail(&breaker, 1);
    advance(RECOVERY).await;
    acquire(&breaker).success();
    breaker.reconfigure(&BreakerOverride::new().success_threshold(4)).unwrap();
    // As many simultaneous probes as before.
    let two = [acquire(&breaker), acquire(&breaker)];
    breaker.try_acquire().unwrap_err();
    for probe in two {
        probe.success();
    }
    assert_eq!(breaker.state(), CircuitState::HalfOpen);
    breaker.reconfigure(&BreakerOverride::new().success_threshold(1)).unwrap();
    acquire(&breaker).success();
    assert_eq!(breaker.state(), CircuitState::Closed);
}

#[test]
fn a_mode_is_taken_back_and_an_operators_stays() {
    let breaker = CircuitBreaker::new("modes").mode(Mode::Observe);
    breaker.reconfigure(&BreakerOverride::new().mode(Mode::Off)).unwrap();
    assert_eq!(breaker.current_mode(), Mode::Off);
    breaker.reconfigure(&BreakerOverride::new()).unwrap();
    assert_eq!(breaker.current_mode(), Mode::Observe);
    breaker.set_mode(Mode::Enforce);
    breaker.reconfigure(&BreakerOverride::new().failure_threshold(2)).unwrap();
    assert_eq!(breaker.current_mode(), Mode::Enforce);
}

#[test]
fn state_and_force_stay() {
    let breaker = CircuitBreaker::new("forced");
    breaker.force_open();
    breaker.reconfigure(&BreakerOverride::new().failure_threshold(2)).unwrap();
    let snapshot = breaker.snapshot();
    assert!(snapshot.forced && snapshot.state == CircuitState::Open);
}

#[test]
fn breakers_that_are_listed_later_obey_too() {
    static LATER: CircuitBreaker = CircuitBreaker::new("later/static");
    let _alone = alone();
    let changed = BreakerOverride::new().failure_threshold(7);
    let overrides = breaker("later/static", changed)
        .breaker("later/made", changed)
        .breaker("later/weak", changed);
    configure(overrides).unwrap();
    assert_eq!(unused_overrides().len(), 3);
    registry::add(&LATER).unwrap();
    let made = registry::get_or_insert("later/made", || CircuitBreaker::new(""));
    let weak = Arc::new(CircuitBreaker::new("later/weak"));
    registry::add_arc(&weak).unwrap();
    for snapshot in [LATER.snapshot(), made.snapshot(), weak.snapshot()] {
        assert_eq!(snapshot.failure_threshold, 7, "{}", snapshot.name);
    }
    assert!(unused_overrides().is_empty());
    configure(Overrides::new()).unwrap();
    assert_eq!(LATER.snapshot().failure_threshold, 5);
}

#[test]
fn a_set_obeys_with_all_its_keys_and_one_of_them_by_its_own_name() {
    static HOSTS: CircuitBreakers = CircuitBreakers::new("hosts").failure_threshold(3);
    let _alone = alone();
    registry::add_keyed(&HOSTS).unwrap();
    let thresholds =
        || ["a", "b", "c"].map(|host| HOSTS.for_key(host).snapshot().failure_threshold);
    let _before = [HOSTS.for_key("a"), HOSTS.for_key("b")];
    let of_set = BreakerOverride::new().failure_threshold(8);
    let of_one = BreakerOverride::new().failure_threshold(2);
    configure(breaker("hosts", of_set).breaker("hosts/b", of_one)).unwrap();
    assert_eq!(thresholds(), [8, 2, 8]);
    configure(breaker("hosts", of_set)).unwrap();
    assert_eq!(thresholds(), [8, 8, 8]);
    configure(breaker("hosts/b", of_one)).unwrap();
    assert_eq!(thresholds(), [3, 2, 3]);
    configure(Overrides::new()).unwrap();
    assert_eq!(thresholds(), [3, 3, 3]);
}

#[test]
fn breakers_of_a_set_at_rest_make_room_in_whatever_mode_it_has() {
    static ROOM: CircuitBreakers = CircuitBreakers::new("room").max_keys(1);
    ROOM.reconfigure(&BreakerOverride::new().mode(Mode::Observe)).unwrap();
    assert_eq!(ROOM.for_key("first").current_mode(), Mode::Observe);
    assert_eq!(ROOM.for_key("second").name(), "room/second");
}

#[tokio::test(start_paused = true)]
async fn what_nothing_has_met_is_told() {
    let _alone = alone();
    let overrides = operation("call", OperationOverride::new().max_attempts(2))
        .operation("cal", OperationOverride::new().max_attempts(2))
        .breaker("nobody", BreakerOverride::new().failure_threshold(2))
        .breaker("misfit", BreakerOverride::new().failure_rate(0.5));
    configure(overrides).unwrap();
    assert_eq!(attempts("call").await, 2);
    let misfit = registry::get_or_insert("misfit", || CircuitBreaker::new(""));
    assert_eq!(misfit.snapshot().failure_rate, None);
    // A name that was met once stays known, and a reload does not search for it again.
    let unused = unused_overrides();
    let again = operation("call", OperationOverride::new().max_attempts(3));
    configure(again).unwrap();
    assert_eq!(unused_overrides(), []);
    let places: Vec<_> = unused.iter().map(ConfigError::place).collect();
    assert_eq!(places, ["operation.cal", "breaker.misfit.failure_rate", "breaker.nobody"]);
    assert!(unused[0].rule().contains("no operation"), "{}", unused[0]);
    assert!(unused[1].rule().contains("without a window"), "{}", unused[1]);
    assert!(unused[2].rule().contains("no breaker"), "{}", unused[2]);
}

/// Simultaneous calls and changes: each outcome is judged by the old or the new threshold, and the
/// last change stays.
#[test]
fn threads_may_call_while_another_changes() {
    let _alone = alone();
    let busy = registry::get_or_insert("busy", || CircuitBreaker::new(""));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..20_000 {
                    if let Ok(permit) = busy.try_acquire() {
                        permit.success();
                    }
                }
            });
        }
        for threshold in 1..=2_000 {
            let changed = BreakerOverride::new().failure_threshold(threshold);
            configure(breaker("busy", changed)).unwrap();
        }
    });
    assert_eq!(busy.snapshot().failure_threshold, 2_000);
    fail(&busy, 1_999);
    assert_eq!(busy.state(), CircuitState::Closed);
    fail(&busy, 1);
    assert_eq!(busy.state(), CircuitState::Open);
}

/// Reading the same file again changes nothing, even briefly: a breaker that observes must not
/// reject a call.
#[test]
fn a_reload_does_not_pass_through_what_was_made() {
    static TENANTS: CircuitBreakers = CircuitBreakers::new("tenants").failure_threshold(9);
    let _alone = alone();
    registry::add_keyed(&TENANTS).unwrap();
    let single = registry::get_or_insert("reloaded", || CircuitBreaker::new(""));
    let (plain, own) = (TENANTS.for_key("plain"), TENANTS.for_key("own"));
    let observe = BreakerOverride::new().mode(Mode::Observe);
    let file = || {
        breaker("reloaded", observe)
            .breaker("tenants", observe.failure_threshold(7))
            .breaker("tenants/own", observe.failure_threshold(2))
    };
    configure(file()).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                for watched in [&single, &plain, &own] {
                    assert_eq!(watched.current_mode(), Mode::Observe, "{}", watched.name());
                }
                assert_eq!(own.snapshot().failure_threshold, 2);
            }
        });
        for _ in 0..3_000 {
            configure(file()).unwrap();
        }
        done.store(true, Ordering::SeqCst);
        watcher.join().unwrap();
    });
    configure(Overrides::new()).unwrap();
    for breaker in [&single, &plain, &own] {
        assert_eq!(breaker.current_mode(), Mode::Enforce);
    }
    assert_eq!(own.snapshot().failure_threshold, 9);
}

/// Runs both functions simultaneously, this many times, and collects the result after each round.
/// It uses no lock, which would order them.
fn at_once<T: Ord>(
    times: usize,
    one: impl Fn(usize),
    other: impl Fn(usize) + Sync,
    look: impl Fn() -> T,
) -> BTreeSet<T> {
    let arrivals = AtomicUsize::new(0);
    let meet = |meeting: usize| {
        arrivals.fetch_add(1, Ordering::SeqCst);
        while arrivals.load(Ordering::SeqCst) < 2 * meeting {
            thread::yield_now();
        }
    };
    let mut found = BTreeSet::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0..times {
                meet(2 * turn + 1);
                other(turn);
                meet(2 * turn + 2);
            }
        });
        for turn in 0..times {
            meet(2 * turn + 1);
            one(turn);
            meet(2 * turn + 2);
            found.insert(look());
        }
    });
    found
}

#[test]
fn of_two_changes_at_once_one_holds_as_a_whole() {
    // Not in parallel with the other such test, which also needs both processors.
    let _alone = alone();
    let breaker = CircuitBreaker::new("contended");
    let to = |number, mode| {
        BreakerOverride::new().failure_threshold(number).success_threshold(number).mode(mode)
    };
    let (one, other) = (to(10, Mode::Observe), to(20, Mode::Enforce));
    let mut found = at_once(
        50_000,
        |_| breaker.reconfigure(&one).unwrap(),
        |_| breaker.reconfigure(&other).unwrap(),
        || {
            let it = breaker.snapshot();
            (it.failure_threshold, it.success_threshold, it.mode.as_str())
        },
    );
    found.retain(|it| *it != (10, 10, "observe") && *it != (20, 20, "enforce"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn of_two_changes_of_a_set_at_once_one_holds_for_all_keys() {
    static SET: CircuitBreakers = CircuitBreakers::new("contended-set");
    let _alone = alone();
    registry::add_keyed(&SET).unwrap();
    for key in 0..64 {
        SET.for_key(key.to_string());
    }
    let to = |failures| BreakerOverride::new().failure_threshold(failures);
    let mut found = at_once(
        20_000,
        |turn| match u32::try_from(turn).unwrap() {
            even if even.is_multiple_of(2) => SET.reconfigure(&to(10)).unwrap(),
            odd => configure(breaker("contended-set", to(10 + odd % 4))).unwrap(),
        },
        |_| SET.reconfigure(&to(20)).unwrap(),
        || SET.all().iter().map(|it| it.failure_threshold).collect::<BTreeSet<_>>(),
    );
    found.retain(|thresholds| thresholds.len() > 1);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_key_that_comes_later_or_again_obeys_its_own_name() {
    static AGAIN: CircuitBreakers = CircuitBreakers::new("again").max_keys(1);
    let _alone = alone();
    registry::add_keyed(&AGAIN).unwrap();
    let own = BreakerOverride::new().failure_threshold(50).mode(Mode::Observe);
    let of_set = BreakerOverride::new().failure_threshold(8);
    configure(breaker("again/a", own).breaker("again", of_set)).unwrap();
    assert_eq!(unused_overrides().len(), 1);
    for _ in 0..2 {
        let found = AGAIN.for_key("a").snapshot();
        assert_eq!((found.failure_threshold, found.mode), (50, Mode::Observe));
        assert!(unused_overrides().is_empty());
        let other = AGAIN.for_key("b").snapshot();
        assert_eq!((other.failure_threshold, other.mode), (8, Mode::Enforce));
    }
    configure(Overrides::new()).unwrap();
    assert_eq!(AGAIN.for_key("a").snapshot().failure_threshold, 5);
}

#[test]
fn a_set_that_is_not_listed_has_no_own_names() {
    let _alone = alone();
    let unlisted = CircuitBreakers::new("unlisted");
    configure(breaker("unlisted/a", BreakerOverride::new().failure_threshold(50))).unwrap();
    assert_eq!(unlisted.for_key("a").snapshot().failure_threshold, 5);
    assert_eq!(unused_overrides().len(), 1);
}

#[test]
fn reading_the_same_again_leaves_an_operators_mode() {
    let _alone = alone();
    let operated = registry::get_or_insert("operated", || CircuitBreaker::new(""));
    let observed = BreakerOverride::new().mode(Mode::Observe);
    configure(breaker("operated", observed)).unwrap();
    assert_eq!(operated.current_mode(), Mode::Observe);
    operated.set_mode(Mode::Off);
    configure(breaker("operated", observed)).unwrap();
    assert_eq!(operated.current_mode(), Mode::Off);
    configure(breaker("operated", observed.failure_threshold(9))).unwrap();
    assert_eq!(operated.current_mode(), Mode::Off);
    assert_eq!(operated.snapshot().failure_threshold, 9);
    // A different mode overrides the operator's, and so does a mode where the file had none.
    configure(breaker("operated", observed.mode(Mode::Enforce))).unwrap();
    assert_eq!(operated.current_mode(), Mode::Enforce);
    configure(Overrides::new()).unwrap();
    operated.set_mode(Mode::Off);
    configure(breaker("operated", observed.mode(Mode::Enforce))).unwrap();
    assert_eq!(operated.current_mode(), Mode::Enforce);
}

/// Returns the ratio, the burst and the floor of a listed budget.
fn settings(name: &str) -> (f64, u32, u32) {
    let listed = registry::budgets().into_iter().find(|snapshot| snapshot.name == name).unwrap();
    (listed.ratio, listed.burst, listed.min_per_second)
}

#[test]
fn budgets_change_by_name_and_back() {
    static LLM: RetryBudget =
        RetryBudget::new().name("budget/llm").ratio(0.5).burst(10).min_per_second(1);
    static OTHER: RetryBudget = RetryBudget::new().name("budget/other");
    let _alone = alone();
    registry::add_budget(&LLM).unwrap();
    registry::add_budget(&OTHER).unwrap();
    let changed = BudgetOverride::new().ratio(0.25).burst(4).min_per_second(0);
    configure(budget("budget/llm", changed)).unwrap();
    assert_eq!(settings("budget/llm"), (0.25, 4, 0));
    assert_eq!(settings("budget/other"), (0.1, 100, 0));
    assert!(LLM.try_withdraw());
    LLM.deposit();
    assert_eq!(LLM.balance(), 3.25);
    // Settings that are not set have their original values.
    configure(budget("budget/llm", BudgetOverride::new().ratio(0.001))).unwrap();
    assert_eq!(settings("budget/llm"), (0.001, 10, 1));
    configure(Overrides::new()).unwrap();
    assert_eq!(settings("budget/llm"), (0.5, 10, 1));
}

#[test]
fn a_balance_sinks_with_burst_and_does_not_rise_with_it() {
    static SUNK: RetryBudget = RetryBudget::new().name("budget/sunk").ratio(1.0).initial(60);
    let _alone = alone();
    registry::add_budget(&SUNK).unwrap();
    configure(budget("budget/sunk", BudgetOverride::new().burst(70))).unwrap();
    assert_eq!(SUNK.balance(), 60.0);
    configure(budget("budget/sunk", BudgetOverride::new().burst(20))).unwrap();
    assert_eq!(SUNK.balance(), 20.0);
    configure(Overrides::new()).unwrap();
    assert_eq!(SUNK.balance(), 20.0);
    SUNK.deposit();
    assert_eq!(SUNK.balance(), 21.0);
    configure(budget("budget/sunk", BudgetOverride::new().burst(20))).unwrap();
    SUNK.deposit();
    assert_eq!(SUNK.balance(), 20.0);
    SUNK.reset();
    assert_eq!(SUNK.balance(), 20.0, "`initial` is above `burst`");
    configure(Overrides::new()).unwrap();
    SUNK.reset();
    assert_eq!(SUNK.balance(), 60.0);
}

/// The time before a change counts at the old rate. A period without a floor adds nothing.
#[tokio::test(start_paused = true)]
async fn a_floor_changes_from_now_on() {
    static FLOOR: RetryBudget =
        RetryBudget::new().name("budget/floor").ratio(0.0).initial(0).min_per_second(1);
    let _alone = alone();
    registry::add_budget(&FLOOR).unwrap();
    assert!(!FLOOR.try_withdraw());
    let per_second = |tokens| {
        let changed = BudgetOverride::new().min_per_second(tokens);
        configure(budget("budget/floor", changed)).unwrap();
    };
    for (next, balance) in [(10, 2.0), (0, 22.0), (5, 22.0), (1, 32.0)] {
        advance(Duration::from_secs(2)).await;
        per_second(next);
        assert_eq!(FLOOR.balance(), balance);
    }
}

#[test]
fn budgets_that_are_listed_later_obey_too() {
    static LATER: RetryBudget = RetryBudget::new().name("budget/later");
    let _alone = alone();
    configure(budget("budget/later", BudgetOverride::new().burst(2))).unwrap();
    let unused = unused_overrides();
    assert_eq!(parts(&unused[0]), ("budget.budget/later", "unused"));
    assert!(unused[0].rule().contains("no budget"), "{}", unused[0]);
    assert_eq!(LATER.balance(), 100.0);
    // The override already applies to the first withdrawal.
    let mut retries = PLAIN.budget(&LATER).retries("later");
    assert!(retries.next_failure(FailureKind::Timeout, None).is_some());
    assert_eq!(LATER.balance(), 1.0);
    assert_eq!(unused_overrides(), []);
}

#[test]
fn a_wrong_setting_of_a_budget_is_named_and_changes_nothing() {
    static KEPT: RetryBudget = RetryBudget::new().name("budget/kept");
    let _alone = alone();
    registry::add_budget(&KEPT).unwrap();
    let new = BudgetOverride::new;
    for (wrong, setting, value, rule) in [
        (new().ratio(10.5), "ratio", "10.5", "from 0 to 10"),
        (new().ratio(0.0005), "ratio", "0.0005", "steps of 0.001"),
        (new().burst(0), "burst", "0", "from 1 to 100,000"),
        (new().burst(100_001), "burst", "100001", "from 1 to 100,000"),
        (new().min_per_second(100_001), "min_per_second", "100001", "from 0 to 100,000"),
        (new().burst(2).min_per_second(2001), "min_per_second", "2001", "1,000 times `burst`"),
    ] {
        let overrides = budget("budget/kept", new().burst(5)).budget("budget/wrong", wrong);
        let error = configure(overrides).unwrap_err();
        let place = format!("budget.budget/wrong.{setting}");
        assert_eq!(parts(&error), (place.as_str(), value), "{error}");
        assert!(error.rule().contains(rule), "{error}");
        assert_eq!(KEPT.balance(), 100.0);
    }
}

#[test]
fn a_budget_must_be_able_to_keep_its_floor() {
    static FAST: RetryBudget = RetryBudget::new().name("budget/fast").min_per_second(50_000);
    static SMALL: RetryBudget = RetryBudget::new().name("budget/small").burst(1);
    static LATER: RetryBudget = RetryBudget::new().name("budget/small-later").burst(1);
    let _alone = alone();
    registry::add_budget(&FAST).unwrap();
    registry::add_budget(&SMALL).unwrap();
    let new = BudgetOverride::new;
    for (name, wrong, setting, value) in [
        ("budget/fast", new().burst(49), "burst", "49"),
        ("budget/small", new().min_per_second(1001), "min_per_second", "1001"),
    ] {
        let error = configure(budget(name, wrong)).unwrap_err();
        let place = format!("budget.{name}.{setting}");
        assert_eq!(parts(&error), (place.as_str(), value), "{error}");
        assert!(error.rule().contains("above 1,000 times `burst`"), "{error}");
    }
    assert_eq!(
        (settings("budget/fast"), settings("budget/small")),
        ((0.1, 100, 50_000), (0.1, 1, 0))
    );
    // Replaced settings impose no limits.
    configure(budget("budget/fast", new().burst(1).min_per_second(1000))).unwrap();
    assert_eq!(settings("budget/fast"), (0.1, 1, 1000));
    configure(budget("budget/small", new().burst(2).min_per_second(2000))).unwrap();
    assert_eq!(settings("budget/small"), (0.1, 2, 2000));
    // A budget that is listed later keeps its original settings.
    configure(budget("budget/small-later", new().min_per_second(1001))).unwrap();
    registry::add_budget(&LATER).unwrap();
    assert_eq!(settings("budget/small-later"), (0.1, 1, 0));
    let unused = unused_overrides();
    assert_eq!(parts(&unused[0]), ("budget.budget/small-later.min_per_second", "1001"));
}

#[test]
fn an_empty_name_is_an_error_and_changes_nothing() {
    let _alone = alone();
    let kept = registry::get_or_insert("kept-by-empty", || CircuitBreaker::new(""));
    let valid = || breaker("kept-by-empty", BreakerOverride::new().failure_threshold(9));
    for name in ["", "  ", "\t"] {
        for (wrong, table) in [
            (valid().operation(name, OperationOverride::new()), "operation"),
            (valid().breaker(name, BreakerOverride::new()), "breaker"),
            (valid().budget(name, BudgetOverride::new()), "budget"),
        ] {
            let error = configure(wrong).unwrap_err();
            assert_eq!(parts(&error), (table, name), "{error}");
            assert!(error.rule().contains("empty name"), "{error}");
            assert_eq!(kept.snapshot().failure_threshold, 5);
        }
    }
}

/// A name is looked up in all forms in which a breaker may have it.
#[test]
fn a_wrong_override_is_found_for_single_breakers_sets_and_keys_with_slashes() {
    static SET: CircuitBreakers = CircuitBreakers::new("slashes/set");
    static SHARE: CircuitBreakers =
        CircuitBreakers::new("slashes").failure_rate(0.5, 2, Window::calls(4));
    let _alone = alone();
    registry::add_keyed(&SET).unwrap();
    registry::add_keyed(&SHARE).unwrap();
    let _keys = [SET.for_key("a/b"), SET.for_key(""), SHARE.for_key("set/only-here")];
    let rate = BreakerOverride::new().failure_rate(0.5);
    let failures = BreakerOverride::new().failure_threshold(2);
    for (name, wrong, setting) in [
        ("slashes/set", rate, "failure_rate"),
        ("slashes/set/a/b", rate, "failure_rate"),
        ("slashes/set/", rate, "failure_rate"),
        ("slashes", failures, "failure_threshold"),
        ("slashes/set/only-here", failures, "failure_threshold"),
    ] {
        let error = configure(breaker(name, wrong)).unwrap_err();
        assert_eq!(error.place(), format!("breaker.{name}.{setting}"));
    }
    // No key has this name yet, so no rule rejects the override.
    configure(breaker("slashes/set/none", rate)).unwrap();
    let none = SET.for_key("none").snapshot();
    assert_eq!(none.failure_rate, None);
    assert_eq!(unused_overrides()[0].place(), "breaker.slashes/set/none.failure_rate");
}

#[test]
fn a_set_that_a_client_owns_is_configured_by_name() {
    let _alone = alone();
    let to = |threshold| breaker("owned", BreakerOverride::new().failure_threshold(threshold));
    configure(to(1)).unwrap();
    let set = Arc::new(CircuitBreakers::named(String::from("owned")));
    let early = set.for_key("early");
    registry::add_keyed(&set).unwrap();
    for breaker in [early, set.for_key("late")] {
        fail(&breaker, 1);
        assert_eq!(breaker.state(), CircuitState::Open, "{}", breaker.name());
    }
    configure(to(2)).unwrap();
    let breaker = set.for_key("later");
    fail(&breaker, 1);
    assert_eq!(breaker.state(), CircuitState::Closed);
}
