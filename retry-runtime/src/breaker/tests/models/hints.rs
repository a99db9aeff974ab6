//! Races for the hint of the error that opens a breaker.

use std::sync::Arc;
use std::time::Duration;

use super::{Change, Model, RECOVERY, RIPE, TRIP, change, explore, on, race};
use crate::breaker::admission::Admission;
use crate::breaker::settings::{Outcome, Settings};
use crate::circuit_state::CircuitState::Closed;

const SHORT: u64 = 3 * RECOVERY;
const LONG: u64 = 5 * RECOVERY;

impl Model {
    /// Creates a model that opens at the first failure and respects all hints used here.
    fn respecting() -> Arc<Self> {
        let settings = Settings::DEFAULT
            .with_failure_threshold(1)
            .and_then(|settings| settings.with_recovery_timeout(Duration::from_nanos(RECOVERY)))
            .and_then(|settings| settings.with_respect_retry_after(Duration::from_secs(1)));
        Self::of(settings.unwrap())
    }

    fn fail_for(&self, admission: Admission, hint: u64, now: u64) -> Option<Change> {
        self.core.settle(&self.settings, admission, Outcome::Failure, hint, || now).map(change)
    }

    /// Asserts that the breaker opened at `TRIP` and stays open for this long.
    fn is_open_for(&self, lasts: u64) {
        let rejection = self.try_ask(TRIP + lasts - 1).err().expect("rejected");
        assert_eq!(rejection.retry_in.unwrap().get(), 1);
        assert!(self.ask(TRIP + lasts).is_some());
    }
}

/// A call requests admission while a failure opens the breaker, and without its hint the open phase
/// would be over: the call is admitted before, or finds the breaker open with the hint.
#[test]
fn whoever_sees_the_breaker_open_sees_that_it_has_a_hint() {
    explore(|| {
        let model = Model::respecting();
        let failing = model.admitted(0);
        let (asked, _) = race(
            on(&model, |model| model.ask(RIPE)),
            on(&model, move |model| model.fail_for(failing, SHORT, TRIP)),
        );
        assert!(asked.is_none_or(|admission| admission.state.circuit() == Closed));
        model.is_open_for(SHORT);
    });
}

/// Two failures race to open the breaker: it keeps the hint of the one that did, if that has one.
#[test]
fn the_hint_is_that_of_the_failure_that_opened_it() {
    for hints in [[SHORT, LONG], [LONG, 0]] {
        explore(move || {
            let model = Model::respecting();
            let (one, other) = (model.admitted(0), model.admitted(0));
            let (first, second) = race(
                on(&model, move |model| model.fail_for(one, hints[0], TRIP)),
                on(&model, move |model| model.fail_for(other, hints[1], TRIP)),
            );
            assert!(first.is_some() != second.is_some());
            let hint = if first.is_some() { hints[0] } else { hints[1] };
            model.is_open_for(hint.max(RECOVERY));
        });
    }
}

/// A thread that has opened the breaker sleeps before it keeps the hint, while an operator resets
/// the breaker and another failure opens it: the breaker keeps the hint of the second failure.
#[test]
fn a_late_hint_is_not_that_of_a_later_open_phase() {
    for later in [SHORT, 0] {
        explore(move || {
            let model = Model::respecting();
            let sleeping = model.admitted(0);
            race(
                on(&model, move |model| model.fail_for(sleeping, LONG, TRIP)),
                on(&model, move |model| {
                    model.force(Closed, false, TRIP);
                    let failing = model.admitted(TRIP);
                    model.fail_for(failing, later, TRIP);
                }),
            );
            model.is_open_for(later.max(RECOVERY));
        });
    }
}

/// Two probes fail simultaneously: the breaker keeps the hint of the one that opened it.
#[test]
fn the_hint_is_that_of_the_probe_that_failed_first() {
    explore(|| {
        let model = Model::respecting();
        model.half_open_by_hand(TRIP);
        let (one, other) = (model.admitted(TRIP), model.admitted(TRIP));
        let (first, second) = race(
            on(&model, move |model| model.fail_for(one, SHORT, TRIP)),
            on(&model, move |model| model.fail_for(other, LONG, TRIP)),
        );
        assert!(first.is_some() != second.is_some());
        model.is_open_for(if first.is_some() { SHORT } else { LONG });
    });
}
