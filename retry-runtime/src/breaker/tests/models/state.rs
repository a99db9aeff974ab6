//! Races for the packed state: outcomes, transitions and commands of an operator.

use std::sync::Arc;

use super::{EXPIRED, Model, RECOVERY, RIPE, TRIP, explore, on, race};
use crate::breaker::settings::Outcome;
use crate::breaker::window::Window;
use crate::circuit_state::CircuitState::{Closed, HalfOpen, Open};
use crate::config::Mode;

/// A call requests admission while the failure of another call trips the breaker. If it is admitted
/// before the trip, its late success changes nothing. Otherwise it finds the breaker open, with the
/// time of the trip.
#[test]
fn admission_against_trip() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let failing = model.admitted(0);
        let (asked, tripped) = race(
            on(&model, |model| model.try_ask(TRIP + 1)),
            on(&model, move |model| model.fail(failing, TRIP)),
        );
        assert_eq!(tripped, Some((Closed, Open)));
        match asked {
            Ok(admission) => assert_eq!(model.succeed(admission), None),
            // Without that time, it would have half-opened the breaker.
            Err(rejection) => assert_eq!(rejection.retry_in.unwrap().get(), RECOVERY - 1),
        }
        assert_eq!(model.core.load().circuit(), Open);
    });
}

/// Two simultaneous failures reach the threshold: neither is lost, and one trips.
#[test]
fn two_failures_race_to_trip() {
    explore(|| {
        let model = Model::closed(2, 1, 1);
        let (one, other) = (model.admitted(0), model.admitted(0));
        let (first, second) = race(
            on(&model, move |model| model.fail(one, TRIP)),
            on(&model, move |model| model.fail(other, TRIP + 1)),
        );
        let trip = Some((Closed, Open));
        assert!([(trip, None), (None, trip)].contains(&(first, second)));
        assert_eq!(model.core.load().generation(), 1);
    });
}

/// A failure is too late for a trip: neither it nor its time, which is before the trip, affects the
/// open phase.
#[test]
fn the_loser_of_a_trip_does_not_prolong_it() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let (one, other) = (model.admitted(0), model.admitted(0));
        let (first, second) = race(
            on(&model, move |model| model.fail(one, TRIP)),
            on(&model, move |model| model.fail(other, TRIP - 1)),
        );
        assert!(first.is_some() != second.is_some());
        assert!(model.ask(RIPE).is_some());
    });
}

/// The loser of a trip sleeps while the breaker recovers and opens again: its time, from before the
/// first trip, does not shorten the second open phase.
#[test]
fn the_loser_of_a_trip_does_not_shorten_the_next() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let (one, other) = (model.admitted(0), model.admitted(0));
        race(
            on(&model, move |model| model.fail(other, TRIP - 1)),
            on(&model, move |model| {
                model.fail(one, TRIP);
                let probe = model.admitted(RIPE);
                model.fail(probe, RIPE);
            }),
        );
        assert!(model.ask(EXPIRED - 1).is_none());
    });
}

/// A simultaneous success and failure: the success resets the count completely, before or after the
/// failure.
#[test]
fn success_against_failure_while_closed() {
    explore(|| {
        let model = Model::closed(3, 1, 1);
        let before = model.admitted(0);
        model.fail(before, 1);
        let (good, bad) = (model.admitted(0), model.admitted(0));
        race(
            on(&model, move |model| model.succeed(good)),
            on(&model, move |model| model.fail(bad, 2)),
        );
        // If the failure came first, it is forgotten with the one before. Otherwise it starts a new
        // row.
        assert!(model.core.load().count() <= 1);
        assert_eq!(model.core.load().circuit(), Closed);
    });
}

/// Two probes report simultaneously. Two successes close the breaker once. With a failure among
/// them, it reopens once.
#[test]
fn outcomes_of_two_probes() {
    for (outcomes, to) in [
        ([Outcome::Success, Outcome::Success], Closed),
        ([Outcome::Success, Outcome::Failure], Open),
        ([Outcome::Failure, Outcome::Failure], Open),
    ] {
        explore(move || {
            let model = Model::half_open(2, 2);
            let (one, other) = (model.admitted(RIPE), model.admitted(RIPE));
            let (first, second) = race(
                on(&model, move |model| model.settle(one, outcomes[0], RIPE)),
                on(&model, move |model| model.settle(other, outcomes[1], RIPE)),
            );
            let change = Some((HalfOpen, to));
            assert!([(change, None), (None, change)].contains(&(first, second)));
            assert_eq!((model.core.load().circuit(), model.core.load().count()), (to, 0));
        });
    }
}

/// One probe would close the breaker and the other reopen it: the first outcome decides, and the
/// other is stale.
#[test]
fn a_success_that_closes_against_a_failure_that_reopens() {
    explore(|| {
        let model = Model::half_open(1, 2);
        let (good, bad) = (model.admitted(RIPE), model.admitted(RIPE));
        let (closed, opened) = race(
            on(&model, move |model| model.succeed(good)),
            on(&model, move |model| model.fail(bad, RIPE)),
        );
        assert!(closed.is_some() != opened.is_some());
        assert_eq!(model.core.load().circuit(), if closed.is_some() { Closed } else { Open });
    });
}

/// An outcome from before the trip arrives while the breaker half-opens: it is ignored.
#[test]
fn stale_outcome_against_a_new_episode() {
    for outcome in [Outcome::Success, Outcome::Failure] {
        explore(move || {
            let model = Model::closed(1, 1, 1);
            let (failing, stale) = (model.admitted(0), model.admitted(0));
            model.fail(failing, TRIP);
            let (changed, probe) = race(
                on(&model, move |model| model.settle(stale, outcome, RIPE)),
                on(&model, |model| model.ask(RIPE).is_some()),
            );
            assert_eq!((changed, probe), (None, true));
            assert_eq!(model.core.load().circuit(), HalfOpen);
        });
    }
}

/// An operator resets the breaker while a failure trips it, by number or by rate: the failure trips
/// the old generation or none. The breaker is closed in the end, and each change is reported once.
#[test]
fn reset_against_trip() {
    let makes: [fn() -> Arc<Model>; 2] =
        [|| Model::closed(1, 1, 1), || Model::with_window(1.0, 1, Window::calls(1))];
    for make in makes {
        explore(move || {
            let model = make();
            let failing = model.admitted(0);
            let (tripped, reset) = race(
                on(&model, move |model| model.fail(failing, TRIP)),
                on(&model, |model| model.force(Closed, false, TRIP)),
            );
            assert_eq!(tripped.is_some(), reset == Some((Open, Closed)));
            assert_eq!(model.core.load().circuit(), Closed);
        });
    }
}

/// An operator forces the breaker open while a probe closes it: the operator wins.
#[test]
fn force_against_outcome() {
    explore(|| {
        let model = Model::half_open(1, 1);
        let probe = model.admitted(RIPE);
        let (closed, forced) = race(
            on(&model, move |model| model.succeed(probe)),
            on(&model, |model| model.force(Open, true, RIPE)),
        );
        let from = if closed.is_some() { Closed } else { HalfOpen };
        assert_eq!(forced, Some((from, Open)));
        let state = model.core.load();
        assert!(state.forced() && state.circuit() == Open);
    });
}

/// The mode changes while a failure trips, in the same packed state: neither change undoes the
/// other.
#[test]
fn mode_against_trip() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let failing = model.admitted(0);
        let (tripped, ()) = race(
            on(&model, move |model| model.fail(failing, TRIP)),
            on(&model, |model| model.core.set_mode(Mode::Observe)),
        );
        assert!(tripped.is_some());
        let state = model.core.load();
        assert_eq!((state.circuit(), state.mode()), (Open, Mode::Observe));
    });
}

/// A breaker is listed while a failure trips it: both change the packed state, and neither is lost.
#[test]
fn listing_against_trip() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let failing = model.admitted(0);
        let (tripped, told) = race(
            on(&model, move |model| model.fail(failing, TRIP)),
            on(&model, |model| model.core.take_unlisted()),
        );
        assert!(tripped.is_some() && told);
        let state = model.core.load();
        assert_eq!((state.circuit(), state.unlisted()), (Open, false));
    });
}

/// Two first calls through an attribute: one lists the breaker.
#[test]
fn two_calls_race_to_list_a_breaker() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let told = race(
            on(&model, |model| model.core.take_unlisted()),
            on(&model, |model| model.core.take_unlisted()),
        );
        assert!(told.0 != told.1);
    });
}
