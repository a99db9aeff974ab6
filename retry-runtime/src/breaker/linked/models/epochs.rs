//! Epochs of the fleet against calls, probes and trips.

use super::{Model, NOW, RECOVERY, on};
use crate::breaker::linked::leases::ProbeOutcome;
use crate::breaker::linked::{Change, Origin};
use crate::breaker::settings::Outcome;
use crate::breaker::tests::models::{explore, race};
use crate::circuit_state::CircuitState::{Closed, HalfOpen, Open};

/// The fleet closes while a call claims its lease: the breaker is closed. If the call was admitted
/// as a probe, it ends its lease.
#[test]
fn a_claim_against_closing() {
    explore(|| {
        let model = Model::ripe(1, 1);
        let (call, _) = race(
            on(&model, Model::ask),
            on(&model, |model| model.change(Change::Close { epoch: 2, made_at: NOW })),
        );
        assert_eq!(model.state(), Closed);
        let was_probe = call.is_some_and(|call| call.state.circuit() == HalfOpen);
        model.settle(call.unwrap_or_else(|| model.admitted()), Outcome::Success);
        assert_eq!(model.ended().len(), usize::from(was_probe));
        assert_eq!(model.held(), 0);
    });
}

/// A leased probe fails while the fleet opens again: the breaker is open until the later deadline,
/// and the lease ends once.
#[test]
fn a_failed_probe_against_the_next_epoch() {
    for until in [NOW, NOW + 5 * RECOVERY] {
        explore(move || {
            let model = Model::ripe(1, 1);
            let probe = model.admitted();
            race(
                on(&model, move |model| model.settle(probe, Outcome::Failure)),
                on(&model, move |model| model.open(2, until)),
            );
            assert_eq!(model.state(), Open);
            assert!(model.until() >= until);
            assert_eq!(model.ended(), [(1, ProbeOutcome::Failure)]);
            assert_eq!(model.origin(), Origin::Fleet { epoch: 1 }, "no trip of its own");
        });
    }
}

/// The next epoch prolongs the open phase while a call claims a lease of this one: if the call was
/// first, its episode is over.
#[test]
fn a_claim_against_the_next_epoch() {
    explore(|| {
        let model = Model::ripe(1, 1);
        let until = NOW + 5 * RECOVERY;
        let (call, _) = race(on(&model, Model::ask), on(&model, move |model| model.open(2, until)));
        assert_eq!((model.state(), model.until()), (Open, until));
        assert!(model.ask().is_none());
        assert_eq!(model.held(), usize::from(call.is_some()));
        if let Some(call) = call {
            assert!(!model.settle(call, Outcome::Success));
            assert_eq!(model.ended().len(), 1);
        }
    });
}

/// A failure trips the breaker while the fleet opens it. If it is the breaker's own trip, the
/// breaker is open until the later deadline.
#[test]
fn an_own_trip_against_the_fleets() {
    let own = NOW + RECOVERY;
    for until in [NOW, own - 1, own + 1] {
        explore(move || {
            let model = Model::coordinated(1);
            let call = model.admitted();
            let (tripped, _) = race(
                on(&model, move |model| model.settle(call, Outcome::Failure)),
                on(&model, move |model| model.open(1, until)),
            );
            assert_eq!((model.state(), model.generation()), (Open, 1));
            let (origin, expected) = if tripped {
                (Origin::Own { trip: 1 }, until.max(own))
            } else {
                (Origin::Fleet { epoch: 1 }, until)
            };
            assert_eq!((model.origin(), model.until()), (origin, expected));
        });
    }
}

/// The fleet closes while a failure trips the breaker, after the epoch was made: it stays open.
#[test]
fn a_later_trip_against_closing() {
    explore(|| {
        let model = Model::coordinated(1);
        let call = model.admitted();
        let close = Change::Close { epoch: 1, made_at: NOW - 1 };
        race(
            on(&model, move |model| model.settle(call, Outcome::Failure)),
            on(&model, move |model| model.change(close)),
        );
        assert_eq!((model.state(), model.origin()), (Open, Origin::Own { trip: 1 }));
        // Local rules apply, with slots.
        assert!(model.try_ask(NOW + RECOVERY).is_ok());
    });
}
