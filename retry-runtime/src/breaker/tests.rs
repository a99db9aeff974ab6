//! What only the inside shows: the admission that generated code uses, and the sizes.

use std::time::Duration;

use super::core::Core;
use super::settings::{Live, Settings, Verdict};
use super::ticket::{Attempt, Ticket};
use super::{Admitted, CircuitBreaker, CircuitBreakers, CircuitState, Window};
use crate::config::Mode;
use crate::failure::FailureKind;
use crate::registry;
use crate::sync::counted::{Steps, steps};

#[test]
fn an_admission_fits_half_a_cache_line() {
    assert_eq!(size_of::<Admitted<'_>>(), 32);
}

#[test]
fn a_breaker_is_as_large_as_its_docs_say() {
    assert_eq!(size_of::<CircuitBreaker>(), 776);
}

#[test]
fn the_first_call_through_a_static_lists_it() {
    static LISTED: CircuitBreaker = CircuitBreaker::new("inside/listed");
    static SECOND: CircuitBreaker = CircuitBreaker::new("inside/listed").mode(Mode::Off);
    assert!(registry::get("inside/listed").is_none());
    LISTED.admit_static(registry::list_static).unwrap().success();
    assert!(!LISTED.core.load().unlisted());
    SECOND.admit_static(registry::list_static).unwrap().success();
    LISTED.admit_static(registry::list_static).unwrap().success();
    let listed = registry::get("inside/listed").unwrap();
    assert!(std::ptr::eq(&raw const *listed, &raw const LISTED), "the first stays");
}

#[test]
fn the_first_look_up_in_a_static_set_lists_it() {
    static LISTED: CircuitBreakers = CircuitBreakers::new("inside/set");
    assert!(registry::get("inside/set/a").is_none());
    LISTED.for_key_listed("a", registry::list_keyed);
    assert!(registry::get("inside/set/a").is_some());
    assert!(!LISTED.take_unlisted());

    let other = CircuitBreakers::new("inside/other");
    assert!(other.take_unlisted() && !other.take_unlisted());
}

#[test]
fn a_literal_name_makes_a_default_breaker_once() {
    let first = registry::for_site("inside/site");
    let second = registry::for_site("inside/site");
    assert!(std::ptr::eq(&raw const *first, &raw const *second));
    assert_eq!(first.name(), "inside/site");
}

#[test]
fn verdicts_through_an_admission() {
    let breaker = CircuitBreaker::new("verdicts").failure_threshold(2);
    breaker.admit().unwrap().failure();
    assert_eq!(breaker.core.load().count(), 1);
    breaker.admit().unwrap().record(FailureKind::Bug);
    drop(breaker.admit().unwrap());
    assert_eq!(breaker.core.load().count(), 1);
    breaker.admit().unwrap().success();
    assert_eq!(breaker.core.load().count(), 0);
    breaker.admit().unwrap().failure();
    breaker.admit().unwrap().record(FailureKind::Timeout);
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
fn healthy_calls_leave_the_word_alone() {
    let breaker = CircuitBreaker::new("healthy");
    let before = breaker.core.load();
    for _ in 0..10 {
        breaker.admit().unwrap().success();
        breaker.record_success();
        assert!(breaker.should_allow_request());
    }
    assert!(breaker.core.load() == before);
    assert_eq!(breaker.core.changed_at(), 0);
}

/// A core whose clock may be forbidden.
struct Timed {
    core: Core,
    settings: Live,
}

impl Timed {
    fn new(settings: Settings) -> Self {
        Self { core: Core::new(&settings), settings: Live::new(settings) }
    }

    fn with_window(window: Window) -> Self {
        Self::new(Settings::DEFAULT.with_failure_rate(1.0, 2, window).unwrap())
    }

    fn admitted(&self, now: impl Fn() -> u64) -> Ticket {
        match self.core.attempt(&self.settings, false, now) {
            Attempt::Admitted(ticket) => ticket,
            _ => panic!("rejected"),
        }
    }

    fn settle(&self, ticket: Ticket, verdict: Verdict, now: impl Fn() -> u64) {
        self.core.settle_usually(&self.settings, ticket, verdict, now);
    }
}

fn no_clock() -> u64 {
    panic!("the clock is read")
}

#[test]
fn a_healthy_call_costs_two_loads_and_no_clock() {
    let breaker = CircuitBreaker::new("healthy/cost");
    let call = || breaker.admit().unwrap().success();
    assert_eq!(steps(call), Steps { loads: 2, stores: 0, updates: 0 });

    let core = Timed::new(Settings::DEFAULT);
    let ticket = core.admitted(no_clock);
    core.settle(ticket, Verdict::Success, no_clock);
}

#[test]
fn a_call_that_may_be_abandoned_reads_the_clock_when_it_begins() {
    let core = Timed::new(Settings::DEFAULT.with_abandoned_after(Duration::from_secs(1)));
    core.settle(core.admitted(|| 1), Verdict::Success, no_clock);
}

#[test]
fn a_failed_call_costs_one_update() {
    let breaker = CircuitBreaker::new("failing/cost").failure_threshold(100);
    for _ in 0..99 {
        let Steps { stores, updates, .. } = steps(|| breaker.admit().unwrap().failure());
        assert_eq!((stores, updates), (0, 1));
    }
}

#[test]
fn a_rejected_call_costs_loads_alone() {
    let breaker = CircuitBreaker::new("rejecting/cost");
    breaker.trip();
    let rejected = steps(|| assert!(breaker.admit().is_err()));
    assert_eq!((rejected.stores, rejected.updates), (0, 0));
}

/// The permit of a breaker that was off is neutral, also where the word looks plain again when it is settled.
#[test]
fn a_neutral_permit_stays_so_when_the_breaker_is_switched_on() {
    let breaker = CircuitBreaker::new("neutral").failure_threshold(2);
    breaker.set_mode(Mode::Off);
    let admitted = breaker.admit().unwrap();
    breaker.set_mode(Mode::Enforce);
    admitted.record(FailureKind::Timeout);
    assert_eq!(breaker.core.load().count(), 0);
}

/// To be listed is no change that a permit would have to notice.
#[test]
fn a_permit_from_before_the_breaker_was_listed_counts() {
    let breaker = CircuitBreaker::new("unlisted").failure_threshold(9);
    let admitted = breaker.admit().unwrap();
    assert!(breaker.take_unlisted());
    let Steps { updates, .. } = steps(|| admitted.record(FailureKind::Timeout));
    assert_eq!((updates, breaker.core.load().count()), (1, 1));
}

#[test]
fn a_window_of_calls_costs_each_call_one_update_and_good_ones_no_clock() {
    for calls in [1, 2, 39, 40, 63, 64, 1000, 1024] {
        for with_slow in [false, true] {
            let mut settings =
                Settings::DEFAULT.with_failure_rate(1.0, calls, Window::calls(calls)).unwrap();
            if with_slow {
                settings = settings.with_slow_call(Duration::from_secs(1), 1.0).unwrap();
            }
            let core = Timed::new(settings);
            let clock = if with_slow { || 1 } else { no_clock };
            for _ in 0..3 * calls {
                let ticket = core.admitted(clock);
                let taken = steps(|| core.settle(ticket, Verdict::Success, clock));
                assert_eq!(taken.updates, 1, "window of {calls}");
                // Of the hint, where a chunk is begun.
                assert!(taken.stores <= 1);
            }
            let ticket = core.admitted(clock);
            let failed = steps(|| core.settle(ticket, Verdict::Failure, || 1));
            assert_eq!(failed.updates, if calls == 1 { 5 } else { 1 }, "or those of the trip");
        }
    }
}

#[test]
fn a_window_of_time_costs_each_call_one_update_and_bad_ones_two() {
    let core = Timed::with_window(Window::time(Duration::from_secs(1)));
    let start = 1 << 40;
    let costs = |now: u64, verdict| {
        let ticket = core.admitted(no_clock);
        steps(|| core.settle(ticket, verdict, || now)).updates
    };
    costs(start, Verdict::Success);
    for slice in 0..100 {
        let now = start + slice * 100_000_000;
        assert!(costs(now, Verdict::Success) <= 1 + 3, "the first of a slice begins it");
        for _ in 0..10 {
            assert_eq!(costs(now, Verdict::Success), 1);
            assert_eq!(costs(now, Verdict::Failure), 2);
        }
    }
}

#[test]
fn a_window_of_time_reads_the_clock_once_and_slow_calls_twice() {
    let reads = std::cell::Cell::new(0);
    let clock = || {
        reads.set(reads.get() + 1);
        1 << 40
    };
    let core = Timed::with_window(Window::time(Duration::from_secs(1)));
    for verdict in [Verdict::Success, Verdict::Failure] {
        core.settle(core.admitted(clock), verdict, clock);
        assert_eq!(reads.take(), 1);
    }
    for window in [None, Some(Window::calls(10)), Some(Window::time(Duration::from_secs(1)))] {
        let mut settings = Settings::DEFAULT.with_slow_call(Duration::from_secs(1), 0.9).unwrap();
        if let Some(window) = window {
            settings = settings.with_failure_rate(0.9, 10, window).unwrap();
        }
        let core = Timed::new(settings);
        for verdict in [Verdict::Success, Verdict::Failure] {
            core.settle(core.admitted(clock), verdict, clock);
            assert_eq!(reads.take(), 2);
        }
    }
}
