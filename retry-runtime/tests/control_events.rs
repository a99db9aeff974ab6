//! Tests of the events for operators' actions: the action and its actor.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Duration;

use retry_runtime::observe::{self, Event, acting_as, report_refusal};
use retry_runtime::registry::{
    self, BreakerOverride, BudgetOverride, OperationOverride, Overrides,
};
use retry_runtime::{CircuitBreaker, CircuitBreakers, Mode};
use tokio::time::advance;

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// An additional action of the listener at the next event.
    static ALSO: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// One listener serves the process. Events arrive on the thread of the action, so each test gets
/// only its own.
fn listen() {
    static LISTENER: Once = Once::new();
    LISTENER.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            if let Event::Control { action, by, .. } = event {
                let said = format!(": operator action action={action} by={by}");
                assert!(event.to_string().contains(&said));
            }
            HEARD.with_borrow_mut(|heard| heard.push(event.to_string()));
            if let Some(also) = ALSO.take() {
                also();
            }
        })
        .unwrap();
    });
    heard();
}

fn heard() -> Vec<String> {
    HEARD.take()
}

const CHANGED: &str = "circuit breaker changed state";
const COUNTS: &str = "calls=0 failures=0 slow_calls=0";

#[test]
fn each_action_is_told_before_the_change_that_it_makes() {
    listen();
    let breaker = CircuitBreaker::new("b");
    breaker.force_open();
    breaker.force_open();
    breaker.force_closed();
    breaker.reset();
    breaker.trip();
    breaker.half_open();
    breaker.half_open();
    breaker.set_mode(Mode::Observe);
    breaker.set_mode(Mode::Observe);
    assert_eq!(
        heard(),
        [
            "b: operator action action=force_open by=program".to_owned(),
            format!("b: {CHANGED} from=CLOSED to=OPEN {COUNTS}"),
            // The action changed nothing, but it is still reported.
            "b: operator action action=force_open by=program".to_owned(),
            "b: operator action action=force_closed by=program".to_owned(),
            format!("b: {CHANGED} from=OPEN to=CLOSED {COUNTS}"),
            "b: operator action action=reset by=program".to_owned(),
            "b: operator action action=trip by=program".to_owned(),
            format!("b: {CHANGED} from=CLOSED to=OPEN {COUNTS}"),
            "b: operator action action=half_open by=program".to_owned(),
            format!("b: {CHANGED} from=OPEN to=HALF_OPEN {COUNTS}"),
            "b: operator action action=half_open by=program".to_owned(),
            "b: operator action action=set_mode by=program detail=observe".to_owned(),
            "b: operator action action=set_mode by=program detail=observe".to_owned(),
        ]
    );
    // Calls are not actions.
    breaker.reset();
    heard();
    breaker.try_acquire().unwrap().failure();
    breaker.record_failure();
    assert!(heard().is_empty());
}

#[test]
fn other_settings_are_told_once_for_each_call() {
    static SET: CircuitBreakers = CircuitBreakers::new("set");
    listen();
    let breaker = registry::get_or_insert("settings", || CircuitBreaker::new(""));
    registry::add_keyed(&SET).unwrap();
    for key in ["a", "b", "c"] {
        SET.for_key(key);
    }
    let all = BreakerOverride::new()
        .failure_threshold(65_535)
        .recovery_timeout(Duration::from_millis(1500))
        .success_threshold(3)
        .mode(Mode::Observe);
    breaker.reconfigure(&all).unwrap();
    breaker.reconfigure(&BreakerOverride::new()).unwrap();
    SET.reconfigure(&BreakerOverride::new().mode(Mode::Off)).unwrap();
    // An invalid override changes nothing and is not reported.
    breaker.reconfigure(&BreakerOverride::new().failure_threshold(0)).unwrap_err();
    SET.reconfigure(&BreakerOverride::new().failure_threshold(0)).unwrap_err();
    assert_eq!(
        heard(),
        [
            "settings: operator action action=reconfigure by=program \
             detail=failure_threshold=65535 recovery_timeout=1.5s success_threshold=3 mode=observe",
            "settings: operator action action=reconfigure by=program detail=as it was built",
            "set: operator action action=reconfigure by=program detail=mode=off",
        ]
    );

    let overrides = Overrides::new()
        .operation("call", OperationOverride::new().max_attempts(1))
        .breaker("settings", BreakerOverride::new().mode(Mode::Observe))
        .breaker("set", BreakerOverride::new().mode(Mode::Observe))
        .budget("llm", BudgetOverride::new().burst(7));
    acting_as("deploy", || registry::configure(overrides)).unwrap();
    registry::configure(Overrides::new()).unwrap();
    let wrong = Overrides::new().breaker("x", BreakerOverride::new().failure_threshold(0));
    registry::configure(wrong).unwrap_err();
    assert_eq!(
        heard(),
        [
            "(registry): operator action action=configure by=deploy \
             detail=operations=1 breakers=2 budgets=1",
            "(registry): operator action action=configure by=program \
             detail=operations=0 breakers=0 budgets=0",
        ]
    );
}

#[test]
fn who_it_is_holds_for_the_closure() {
    listen();
    let breaker = CircuitBreaker::new("b");
    let act = || breaker.set_mode(Mode::Off);
    let by = || {
        heard()
            .iter()
            .map(|line| line["b: operator action action=set_mode by=".len()..].to_owned())
            .collect::<Vec<_>>()
    };
    acting_as("alice", || {
        act();
        acting_as("bob", act);
        act();
        // Another thread has another actor.
        thread::scope(|scope| {
            scope.spawn(|| {
                act();
                assert_eq!(by(), ["program detail=off"]);
            });
        });
    });
    act();
    let panics = || acting_as("carol", || panic!("as it was told to"));
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    act();
    let who = ["alice", "bob", "alice", "program", "program"];
    assert_eq!(by(), who.map(|who| format!("{who} detail=off")));
    assert_eq!(acting_as("alice", || 7), 7);
}

#[test]
fn a_listener_may_act_itself() {
    listen();
    ALSO.set(Some(|| acting_as("listener", || CircuitBreaker::new("other").set_mode(Mode::Off))));
    acting_as("alice", || CircuitBreaker::new("b").set_mode(Mode::Off));
    assert_eq!(
        heard(),
        [
            "b: operator action action=set_mode by=alice detail=off",
            "other: operator action action=set_mode by=listener detail=off",
        ]
    );
}

#[test]
fn no_name_forges_a_line() {
    static HOSTS: CircuitBreakers = CircuitBreakers::new("hosts");
    listen();
    let hostile = "x\r\nb: operator action\u{85}\u{2028}\u{2029}\u{1b}[2J\u{202e}\0\tO'Brien \"\\";
    let shown = "x\\r\\nb: operator action\\u{85}\\u{2028}\\u{2029}\\u{1b}[2J\\u{202e}\\u{0}\\tO'Brien \"\\";
    acting_as(hostile, || HOSTS.for_key(hostile).reset());
    assert_eq!(heard(), [format!("hosts/{shown}: operator action action=reset by={shown}")]);

    let long = "é".repeat(100_000);
    acting_as(&long, || CircuitBreaker::new("b").reset());
    assert_eq!(heard(), [format!("b: operator action action=reset by={}", "é".repeat(100))]);
}

#[tokio::test(start_paused = true)]
async fn refusals_are_told_once_a_second_with_how_many_were_left_out() {
    listen();
    let refuse = |times| (0..times).for_each(|_| acting_as("mallory", report_refusal));
    let line = "(unknown): operator action action=refused by=mallory";
    refuse(1000);
    assert_eq!(heard(), [line]);
    advance(Duration::from_millis(999)).await;
    refuse(1);
    assert!(heard().is_empty());
    advance(Duration::from_millis(1)).await;
    refuse(3);
    assert_eq!(heard(), [format!("{line} left_out=1000")]);
    advance(Duration::from_secs(10)).await;
    refuse(1);
    assert_eq!(heard(), [format!("{line} left_out=2")]);
    advance(Duration::from_secs(10)).await;
    report_refusal();
    assert_eq!(heard(), ["(unknown): operator action action=refused by=program"]);
}

/// No lock is held while a listener handles an action.
#[test]
fn a_listener_may_ask_for_everything() {
    static SET: CircuitBreakers = CircuitBreakers::new("asked");
    listen();
    registry::add_keyed(&SET).unwrap();
    SET.for_key("a");
    let also: fn() = || {
        let _ = registry::all();
        let _ = registry::unused_overrides();
        registry::get_or_insert("made meanwhile", || CircuitBreaker::new(""));
        SET.for_key("b").reconfigure(&BreakerOverride::new()).unwrap();
        registry::configure(Overrides::new()).unwrap();
    };
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        for act in [
            || registry::configure(Overrides::new()).unwrap(),
            || SET.reconfigure(&BreakerOverride::new()).unwrap(),
            || SET.for_key("a").reconfigure(&BreakerOverride::new()).unwrap(),
            || SET.for_key("a").trip(),
            || SET.for_key("a").set_mode(Mode::Enforce),
        ] as [fn(); 5]
        {
            ALSO.set(Some(also));
            act();
        }
        done.send(()).unwrap();
    });
    is_done.recv_timeout(Duration::from_secs(60)).expect("it waits for itself");
}
