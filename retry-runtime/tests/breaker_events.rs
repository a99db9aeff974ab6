//! Tests of the events of a breaker.

mod support;

use std::cell::{Cell, RefCell};
use std::sync::Once;
use std::time::Duration;

use retry_runtime::observe::{self, Event};
use retry_runtime::{CircuitBreaker, Mode, Window};
use support::{RECOVERY, acquire, fail};
use tokio::time::advance;

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// The calls, failures and slow calls of the last transition.
    static COUNTED: Cell<(u64, u64, u64)> = const { Cell::new((0, 0, 0)) };
}

/// One listener serves the process. Events arrive on the thread of the call, so each test gets only
/// its own.
fn listen() {
    static OBSERVER: Once = Once::new();
    OBSERVER.call_once(|| {
        observe::add_listener(|event: &Event<'_>| {
            let line = match event {
                Event::Transition { breaker, from, to, calls, failures, slow_calls, .. } => {
                    COUNTED.set((*calls, *failures, *slow_calls));
                    format!("{breaker}: {from} to {to}")
                }
                Event::Rejected { breaker, retry_in, .. } => {
                    format!("{breaker}: rejected {retry_in:?}")
                }
                Event::WouldReject { breaker, retry_in, .. } => {
                    format!("{breaker}: would {retry_in:?}")
                }
                // `control_events` tests those.
                Event::Control { .. } => return,
                other => format!("{other:?}"),
            };
            HEARD.with_borrow_mut(|heard| heard.push(line));
        })
        .unwrap();
    });
    heard();
}

fn heard() -> Vec<String> {
    HEARD.take()
}

#[tokio::test(start_paused = true)]
async fn each_transition_and_rejection_is_told_once() {
    listen();
    let breaker = CircuitBreaker::new("b").failure_threshold(1).success_threshold(1);
    acquire(&breaker).success();
    assert!(heard().is_empty());
    fail(&breaker, 1);
    assert_eq!(heard(), ["b: CLOSED to OPEN"]);
    advance(Duration::from_secs(10)).await;
    assert!(breaker.try_acquire().is_err());
    assert!(!breaker.should_allow_request());
    assert_eq!(heard(), ["b: rejected Some(50s)", "b: rejected Some(50s)"]);
    advance(Duration::from_secs(50)).await;
    let probe = acquire(&breaker);
    assert!(breaker.try_acquire().is_err());
    assert_eq!(heard(), ["b: OPEN to HALF_OPEN", "b: rejected None"]);
    probe.success();
    assert_eq!(heard(), ["b: HALF_OPEN to CLOSED"]);
    breaker.force_open();
    breaker.force_open();
    breaker.reset();
    breaker.reset();
    breaker.force_closed();
    assert_eq!(heard(), ["b: CLOSED to OPEN", "b: OPEN to CLOSED"]);
    breaker.trip();
    breaker.trip();
    breaker.half_open();
    breaker.half_open();
    assert_eq!(heard(), ["b: CLOSED to OPEN", "b: OPEN to HALF_OPEN"]);
}

#[tokio::test(start_paused = true)]
async fn observe_tells_what_it_would_reject_and_off_tells_nothing() {
    listen();
    let breaker = CircuitBreaker::new("b").failure_threshold(1).mode(Mode::Observe);
    fail(&breaker, 1);
    drop(acquire(&breaker));
    assert_eq!(heard(), ["b: CLOSED to OPEN", "b: would Some(60s)"]);
    breaker.set_mode(Mode::Off);
    advance(RECOVERY).await;
    fail(&breaker, 5);
    assert!(heard().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_transition_tells_what_it_was_decided_on() {
    listen();
    let row = CircuitBreaker::new("row").failure_threshold(3);
    acquire(&row).success();
    fail(&row, 3);
    assert_eq!(COUNTED.get(), (3, 3, 0));
    advance(RECOVERY).await;
    let (good, bad) = (acquire(&row), acquire(&row));
    assert_eq!(COUNTED.get(), (0, 0, 0), "time did it");
    good.success();
    bad.failure();
    assert_eq!(COUNTED.get(), (2, 1, 0));
    advance(RECOVERY).await;
    acquire(&row).success();
    acquire(&row).success();
    assert_eq!(COUNTED.get(), (2, 0, 0));
    row.trip();
    assert_eq!(COUNTED.get(), (0, 0, 0), "an operator did it");

    let second = Duration::from_secs(1);
    let window = CircuitBreaker::new("window")
        .failure_rate(0.5, 4, Window::calls(10))
        .slow_call(second, 1.0);
    let slow = acquire(&window);
    advance(2 * second).await;
    slow.success();
    acquire(&window).success();
    fail(&window, 2);
    assert_eq!(COUNTED.get(), (4, 2, 1));
    advance(RECOVERY).await;
    let slow = acquire(&window);
    advance(2 * second).await;
    slow.success();
    assert_eq!(COUNTED.get(), (1, 0, 1));
}
