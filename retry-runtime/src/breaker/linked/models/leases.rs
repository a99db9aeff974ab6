//! Leases against calls and their outcomes.

use super::{LATER, Model, NOW, grant, on};
use crate::breaker::linked::Change;
use crate::breaker::linked::leases::ProbeOutcome;
use crate::breaker::settings::Outcome;
use crate::breaker::tests::models::{explore, race, sample};
use crate::circuit_state::CircuitState::{Closed, HalfOpen, Open};

/// Two calls compete for one lease of an open breaker: one of them gets it, and ends it once.
#[test]
fn two_calls_against_one_lease() {
    sample(|| {
        let model = Model::ripe(2, 1);
        let calls = race(on(&model, Model::ask), on(&model, Model::ask));
        assert!(calls.0.is_some() != calls.1.is_some());
        assert_eq!((model.state(), model.generation()), (HalfOpen, 2));
        model.settle(calls.0.or(calls.1).unwrap(), Outcome::Success);
        assert_eq!(model.ended(), [(1, ProbeOutcome::Success)]);
        assert_eq!(model.state(), HalfOpen, "the fleet closes it");
    });
}

/// Two calls compete for one lease of a half-open breaker.
#[test]
fn two_calls_against_a_further_lease() {
    explore(|| {
        let model = Model::ripe(2, 2);
        let first = model.admitted();
        let calls = race(on(&model, Model::ask), on(&model, Model::ask));
        assert!(calls.0.is_some() != calls.1.is_some());
        assert_eq!((model.state(), model.generation()), (HalfOpen, 2));
        model.settle(calls.0.or(calls.1).unwrap(), Outcome::Success);
        model.settle(first, Outcome::Ignored);
        // Both were admitted in the same nanosecond, so either may end either lease.
        let ended: Vec<_> = model.ended().into_iter().map(|(_, outcome)| outcome).collect();
        assert_eq!(ended, [ProbeOutcome::Success, ProbeOutcome::Neutral]);
    });
}

/// Two calls with two leases are probes of one episode.
#[test]
fn two_calls_with_two_leases() {
    sample(|| {
        let model = Model::ripe(2, 2);
        let calls = race(on(&model, Model::ask), on(&model, Model::ask));
        assert!(calls.0.is_some() && calls.1.is_some());
        assert_eq!((model.state(), model.generation()), (HalfOpen, 2));
        assert_eq!(model.held(), 2);
    });
}

/// A call claims a lease while the agent takes it back: one of them gets it.
#[test]
fn a_claim_against_taking_back() {
    explore(|| {
        let model = Model::ripe(1, 1);
        let (call, taken_back) = race(
            on(&model, Model::ask),
            on(&model, |model| model.change(Change::TakeBack { sequence: 1 })),
        );
        assert!(call.is_some() != taken_back);
        assert_eq!(model.held(), usize::from(call.is_some()));
    });
}

/// A lease is granted while a call needs it: this call or the next one is admitted, so no lease is
/// lost.
#[test]
fn a_call_against_its_grant() {
    explore(|| {
        let model = Model::ripe(1, 0);
        let (call, _) = race(on(&model, Model::ask), on(&model, |model| model.change(grant(1, 1))));
        let next = model.ask();
        assert!(call.is_some() != next.is_some());
        model.settle(call.or(next).unwrap(), Outcome::Ignored);
        assert_eq!(model.ended(), [(1, ProbeOutcome::Neutral)]);
    });
}

/// A lease is renewed just when its call ends: it ends once, and does not come back.
#[test]
fn a_renewal_against_the_outcome() {
    explore(|| {
        let model = Model::ripe(2, 1);
        let probe = model.admitted();
        race(
            on(&model, move |model| model.settle(probe, Outcome::Success)),
            on(&model, |model| model.change(grant(1, 1))),
        );
        assert_eq!(model.ended(), [(1, ProbeOutcome::Success)]);
        assert!(model.held() == 0 && model.ask().is_none());
    });
}

/// Two leased probes succeed simultaneously: both count, and neither closes the breaker.
#[test]
fn two_leased_successes_close_nothing() {
    explore(|| {
        let model = Model::ripe(2, 2);
        let probes = (model.admitted(), model.admitted());
        race(
            on(&model, move |model| model.settle(probes.0, Outcome::Success)),
            on(&model, move |model| model.settle(probes.1, Outcome::Success)),
        );
        assert_eq!((model.state(), model.core.load().count()), (HalfOpen, 1));
        assert_eq!(model.ended().len(), 2);
    });
}

/// Coordination ends while a leased probe succeeds: the probe closes the breaker or is counted, and
/// then the next probe closes it by local rules.
#[test]
fn a_leased_success_against_the_end_of_coordination() {
    explore(|| {
        let model = Model::ripe(1, 1);
        let probe = model.admitted();
        let (closed, _) = race(
            on(&model, move |model| model.settle(probe, Outcome::Success)),
            on(&model, |model| model.change(Change::Alone)),
        );
        assert_eq!(model.ended(), [(1, ProbeOutcome::Success)]);
        assert_eq!(model.state(), if closed { Closed } else { HalfOpen });
        let next = model.admitted();
        assert_eq!(model.settle(next, Outcome::Success), !closed);
        assert_eq!(model.state(), Closed);
    });
}

/// A breaker that was alone becomes coordinated while its own probe ends: the next comparison
/// leaves it open, and only a lease admits the next call.
#[test]
fn an_own_probe_against_becoming_coordinated() {
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Ignored] {
        explore(move || {
            let model = Model::ripe(1, 0);
            model.change(Change::Alone);
            let probe = model.admitted();
            race(
                on(&model, move |model| model.settle(probe, outcome)),
                on(&model, |model| model.change(Change::Coordinate { until: LATER })),
            );
            // An outcome may have been counted after the last comparison.
            model.open(1, NOW);
            assert_eq!(model.state(), Open);
            assert!(model.ask().is_none());
            assert_eq!(model.ended(), []);
            model.change(grant(1, 1));
            let later = model.until();
            assert!(model.try_ask(later).is_ok());
        });
    }
}
