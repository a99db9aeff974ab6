//! Races between an operator and calls.

use std::time::Duration;

use super::{EXPIRED, Model, RECOVERY, RIPE, TRIP, explore, on, race};
use crate::breaker::settings::Settings;
use crate::circuit_state::CircuitState::{HalfOpen, Open};

/// An operator half-opens a breaker while a probe of an earlier episode reports: the slots belong
/// to the new episode, and the probe frees none of them.
#[test]
fn half_opened_by_hand_against_a_probe_of_before() {
    explore(|| {
        let model = Model::half_open(2, 1);
        let before = model.admitted(RIPE);
        model.trip(RIPE);
        let (_, probe) = race(
            on(&model, move |model| model.succeed(before)),
            on(&model, |model| {
                model.half_open_by_hand(RIPE);
                model.ask(RIPE).is_some()
            }),
        );
        assert!(probe);
        assert_eq!(model.room(RIPE), 0);
        assert_eq!(model.core.load().circuit(), HalfOpen);
        assert_eq!(model.core.load().count(), 0);
    });
}

/// An operator half-opens a breaker while a call finds the open phase over: there is one episode
/// with one probe.
#[test]
fn half_opened_by_hand_against_the_first_probe() {
    explore(|| {
        let model = Model::open(1, 1);
        let (by_hand, probe) = race(
            on(&model, |model| model.half_open_by_hand(RIPE)),
            on(&model, |model| model.ask(RIPE).is_some()),
        );
        assert!(probe);
        assert!(by_hand.is_none() || by_hand == Some((Open, HalfOpen)));
        assert_eq!((model.core.load().generation(), model.room(RIPE)), (2, 0));
    });
}

/// An operator trips a half-open breaker while its probe fails: it is open since one of the two
/// times, and no lease of a probe is left.
#[test]
fn tripped_by_hand_against_a_failed_probe() {
    explore(|| {
        let model = Model::half_open(1, 1);
        let probe = model.admitted(RIPE);
        race(
            on(&model, move |model| model.fail(probe, RIPE)),
            on(&model, |model| model.trip(RIPE)),
        );
        assert_eq!(model.core.load().circuit(), Open);
        assert!(model.ask(EXPIRED - 1).is_none());
        assert_eq!(model.room(EXPIRED), 1);
    });
}

/// An operator half-opens a closed breaker while a failure trips it: if the trip wins, the open
/// phase after the next failed recovery is longer.
#[test]
fn half_opened_by_hand_against_a_trip() {
    explore(|| {
        let settings = Settings::DEFAULT
            .with_failure_threshold(1)
            .and_then(|settings| settings.with_recovery_timeout(Duration::from_nanos(RECOVERY)))
            .and_then(|settings| settings.with_recovery_backoff(2.0, Duration::from_secs(1)));
        let model = Model::of(settings.unwrap());
        let failing = model.admitted(0);
        let (tripped, by_hand) = race(
            on(&model, move |model| model.fail(failing, TRIP)),
            on(&model, |model| model.half_open_by_hand(TRIP)),
        );
        if tripped.is_some() && by_hand == Some((Open, HalfOpen)) {
            let probe = model.admitted(TRIP);
            model.fail(probe, TRIP);
            assert!(model.ask(TRIP + 2 * RECOVERY - 1).is_none());
            assert!(model.ask(TRIP + 2 * RECOVERY).is_some());
        }
    });
}
