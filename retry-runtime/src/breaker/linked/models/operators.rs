//! Operators against calls, probes and the fleet.

use std::sync::Arc;

use super::{Model, NOW, on};
use crate::breaker::linked::leases::ProbeOutcome;
use crate::breaker::linked::{Change, Forced, Origin};
use crate::breaker::settings::Outcome;
use crate::breaker::tests::models::{explore, race, sample};
use crate::circuit_state::CircuitState::{Closed, HalfOpen, Open};

/// An operator trips the breaker while the agent looks, and a failure trips it too: a trip by an
/// operator never counts as the breaker's own.
#[test]
fn a_trip_by_hand_against_a_look() {
    explore(|| {
        let model = Model::coordinated(1);
        let (_, seen) = race(
            on(&model, |model| model.core.trip(NOW)),
            on(&model, |model| {
                let shared = model.link().lock();
                let state = model.core.load();
                (state.circuit() == Open).then(|| model.core.origin(&shared))
            }),
        );
        assert!(seen.is_none_or(|origin| origin == Origin::Operator));
        assert_eq!(model.origin(), Origin::Operator);
    });
}

/// An operator of this process and the fleet force simultaneously: the operator takes precedence.
#[test]
fn a_force_here_against_the_fleets() {
    for here in [Open, Closed] {
        explore(move || {
            let model = Model::coordinated(1);
            race(
                on(&model, move |model| model.core.force(here, true, NOW)),
                on(&model, |model| model.change(Change::ForceOpen { until: None })),
            );
            assert_eq!((model.state(), model.forced()), (here, Forced::Here));
        });
    }
}

/// Two calls find the fleet's force past its deadline, or it is ended meanwhile: it ends exactly
/// once.
#[test]
fn the_end_of_a_force_against_calls() {
    for other in [false, true] {
        explore(move || {
            let model = Model::coordinated(1);
            model.change(Change::ForceOpen { until: Some(NOW + 1) });
            assert_eq!(model.generation(), 1);
            let (call, _) = race(
                on(&model, |model| model.try_ask(NOW + 1).is_ok()),
                on(&model, move |model| {
                    if other {
                        model.try_ask(NOW + 1).is_ok()
                    } else {
                        model.change(Change::EndForce)
                    }
                }),
            );
            assert!(call);
            assert_eq!(
                (model.state(), model.forced(), model.generation()),
                (Closed, Forced::No, 2)
            );
        });
    }
}

/// An operator half-opens the breaker while one call claims the only lease and another requests
/// admission: there are never more calls than leases.
#[test]
fn half_opened_by_hand_against_a_claim() {
    sample(|| {
        let model = Model::ripe(1, 1);
        let ((first, second), _) = race(
            {
                let model = Arc::clone(&model);
                move || race(on(&model, Model::ask), on(&model, Model::ask))
            },
            on(&model, |model| model.core.half_open(&model.settings, NOW)),
        );
        assert!(first.is_none() || second.is_none());
        assert_eq!(model.state(), HalfOpen);
        assert_eq!(model.held(), 1);
    });
}

/// An operator resets the breaker while its leased probe fails: the lease ends once.
#[test]
fn reset_against_a_failed_leased_probe() {
    explore(|| {
        let model = Model::ripe(1, 1);
        let probe = model.admitted();
        race(
            on(&model, move |model| model.settle(probe, Outcome::Failure)),
            on(&model, |model| model.core.force(Closed, false, NOW)),
        );
        assert_eq!((model.state(), model.ended()), (Closed, vec![(1, ProbeOutcome::Failure)]));
        // The next comparison opens it for the fleet again.
        model.open(1, NOW);
        assert_eq!(model.state(), Open);
    });
}
