//! Tests of private parts: the admission that generated code uses, and sizes.

use std::cell::Cell;
use std::time::Duration;

use crate::breaker::admission::{Admission, Request};
use crate::breaker::core::Core;
use crate::breaker::settings::{CurrentSettings, Outcome, Settings};
use crate::breaker::{Admitted, CircuitBreaker, CircuitBreakers, Window};
use crate::circuit_state::CircuitState;
use crate::config::Mode;
use crate::failure::FailureKind;
use crate::private::NamedSite;
use crate::registry;
use crate::sync::counted::{Steps, steps};
use crate::timeout;

#[test]
fn an_admitted_call_fits_three_registers() {
    assert_eq!(size_of::<Admitted<'_>>(), 24);
}

#[test]
fn the_first_call_through_a_static_lists_it() {
    static LISTED: CircuitBreaker = CircuitBreaker::new("inside/listed");
    static SECOND: CircuitBreaker = CircuitBreaker::new("inside/listed").mode(Mode::Off);
    assert!(registry::get("inside/listed").is_none());
    LISTED.admit_static(registry::add).unwrap().success();
    assert!(!LISTED.core.load().unlisted());
    SECOND.admit_static(registry::add).unwrap().success();
    LISTED.admit_static(registry::add).unwrap().success();
    let listed = registry::get("inside/listed").unwrap();
    assert!(std::ptr::eq(&raw const *listed, &raw const LISTED), "the first stays");
}

#[test]
fn the_first_look_up_in_a_static_set_lists_it() {
    static LISTED: CircuitBreakers = CircuitBreakers::new("inside/set");
    assert!(registry::get("inside/set/a").is_none());
    LISTED.for_key_listed("a", registry::add_keyed);
    assert!(registry::get("inside/set/a").is_some());
    assert!(!LISTED.take_unlisted());

    let other = CircuitBreakers::new("inside/other");
    assert!(other.take_unlisted() && !other.take_unlisted());
}

#[test]
fn a_literal_name_makes_a_default_breaker_once() {
    static FIRST: NamedSite = NamedSite::new("inside/site");
    static SECOND: NamedSite = NamedSite::new("inside/site");
    let (first, second) = (FIRST.breaker(), SECOND.breaker());
    assert!(std::ptr::eq(first, second));
    assert_eq!(first.name(), "inside/site");
}

#[test]
fn outcomes_through_an_admission() {
    let breaker = CircuitBreaker::new("outcomes").failure_threshold(2);
    breaker.admit().unwrap().failure();
    assert_eq!(breaker.core.load().count(), 1);
    breaker.admit().unwrap().record(FailureKind::Bug, || None);
    drop(breaker.admit().unwrap());
    assert_eq!(breaker.core.load().count(), 1);
    breaker.admit().unwrap().success();
    assert_eq!(breaker.core.load().count(), 0);
    breaker.admit().unwrap().failure();
    breaker.admit().unwrap().record(FailureKind::Timeout, || None);
    assert_eq!(breaker.state(), CircuitState::Open);
}

#[test]
fn healthy_calls_leave_the_state_alone() {
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

/// A core whose clock can be forbidden.
struct Timed {
    core: Core,
    settings: CurrentSettings,
}

impl Timed {
    fn new(settings: Settings) -> Self {
        Self { core: Core::new(&settings), settings: CurrentSettings::new(settings) }
    }

    fn with_window(window: Window) -> Self {
        Self::new(Settings::DEFAULT.with_failure_rate(1.0, 2, window).unwrap())
    }

    fn admitted(&self, now: impl Fn() -> u64 + Copy) -> Admission {
        let admitted = self.core.admit(&self.settings, Request::default(), now, |_| {});
        admitted.ok().expect("admitted")
    }

    fn settle(&self, admission: Admission, outcome: Outcome, now: impl Fn() -> u64) {
        self.core.end(&self.settings, admission, outcome, now);
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
    let admission = core.admitted(no_clock);
    core.settle(admission, Outcome::Success, no_clock);
}

#[test]
fn a_call_that_may_be_abandoned_reads_the_clock_when_it_begins() {
    let core = Timed::new(Settings::DEFAULT.with_abandoned_after(Duration::from_secs(1)).unwrap());
    core.settle(core.admitted(|| 1), Outcome::Success, no_clock);
}

#[test]
fn inside_an_attempt_timeout_a_call_notes_when_it_began() {
    static LISTED: CircuitBreaker = CircuitBreaker::new("inside/timed");
    let breaker = CircuitBreaker::new("timed");
    LISTED.admit_static(registry::add).unwrap().success();
    for timed in [false, true] {
        let began = |admitted: Admitted<'_>| admitted.began() != 0;
        timeout::within_attempt(timed, || {
            assert_eq!(began(breaker.admit().unwrap()), timed);
            assert_eq!(began(LISTED.admit_static(registry::add).unwrap()), timed);
        });
    }
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

/// The permit of a breaker that was off stays neutral, even if the packed state looks plain again
/// when the permit is settled.
#[test]
fn a_neutral_permit_stays_so_when_the_breaker_is_switched_on() {
    let breaker = CircuitBreaker::new("neutral").failure_threshold(2);
    breaker.set_mode(Mode::Off);
    let admitted = breaker.admit().unwrap();
    breaker.set_mode(Mode::Enforce);
    admitted.record(FailureKind::Timeout, || None);
    assert_eq!(breaker.core.load().count(), 0);
}

/// Listing does not change a state in a way that matters to a permit.
#[test]
fn a_permit_from_before_the_breaker_was_listed_counts() {
    let breaker = CircuitBreaker::new("unlisted").failure_threshold(9);
    let admitted = breaker.admit().unwrap();
    assert!(breaker.take_unlisted());
    let Steps { updates, .. } = steps(|| admitted.record(FailureKind::Timeout, || None));
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
                let admission = core.admitted(clock);
                let taken = steps(|| core.settle(admission, Outcome::Success, clock));
                assert_eq!(taken.updates, 1, "window of {calls}");
                // The store of the hint, when a chunk is started.
                assert!(taken.stores <= 1);
            }
            let admission = core.admitted(clock);
            let failed = steps(|| core.settle(admission, Outcome::Failure, || 1));
            assert_eq!(failed.updates, if calls == 1 { 5 } else { 1 }, "or those of the trip");
        }
    }
}

#[test]
fn a_window_of_time_costs_each_call_one_update_and_bad_ones_two() {
    let core = Timed::with_window(Window::time(Duration::from_secs(1)));
    let start = 1 << 40;
    let costs = |now: u64, outcome| {
        let admission = core.admitted(no_clock);
        steps(|| core.settle(admission, outcome, || now)).updates
    };
    costs(start, Outcome::Success);
    for slice in 0..100 {
        let now = start + slice * 100_000_000;
        assert!(costs(now, Outcome::Success) <= 1 + 3, "the first of a slice begins it");
        for _ in 0..10 {
            assert_eq!(costs(now, Outcome::Success), 1);
            assert_eq!(costs(now, Outcome::Failure), 2);
        }
    }
}

#[test]
fn a_window_of_time_reads_the_clock_once_and_slow_calls_twice() {
    let reads = Cell::new(0);
    let time = Cell::new(1 << 40);
    let clock = || {
        reads.set(reads.get() + 1);
        // About every third call is the first of its slice.
        time.replace(time.get() + 30_000_000)
    };
    let outcomes = || [Outcome::Success, Outcome::Failure].into_iter().cycle().take(100);
    let time_window = Window::time(Duration::from_secs(1));
    let settings = Settings::DEFAULT.with_failure_rate(0.9, 10, time_window).unwrap();
    let core = Timed::new(settings);
    for outcome in outcomes() {
        core.settle(core.admitted(clock), outcome, clock);
        assert_eq!(reads.take(), 1);
    }
    for window in [None, Some(Window::calls(10)), Some(time_window)] {
        let mut settings = Settings::DEFAULT.with_slow_call(Duration::from_secs(1), 0.9).unwrap();
        if let Some(window) = window {
            settings = settings.with_failure_rate(0.9, 10, window).unwrap();
        }
        let core = Timed::new(settings);
        for outcome in outcomes() {
            core.settle(core.admitted(clock), outcome, clock);
            assert_eq!(reads.take(), 2);
        }
    }
}
