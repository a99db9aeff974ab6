//! Races for the slots of a half-open breaker.

use std::sync::Arc;

use shuttle::thread;

use super::{EXPIRED, Model, RECOVERY, RIPE, explore, on, race};
use crate::breaker::settings::Outcome;
use crate::breaker::slots::{Claim, Slots};
use crate::circuit_state::CircuitState::{HalfOpen, Open};
use crate::sync::{AtomicU64, Ordering};

/// Two calls find the open phase over: one half-opens the breaker, and one is the only probe.
#[test]
fn two_calls_race_for_the_first_probe() {
    explore(|| {
        let model = Model::open(1, 1);
        let probes = race(
            on(&model, |model| model.ask(RIPE).is_some()),
            on(&model, |model| model.ask(RIPE).is_some()),
        );
        assert!(probes.0 != probes.1);
        assert_eq!(model.core.load().generation(), 2);
    });
}

/// Two calls request admission while half-open, with one of two slots left.
#[test]
fn probes_never_exceed_the_limit() {
    explore(|| {
        let model = Model::half_open(2, 2);
        model.admitted(RIPE);
        let probes = race(
            on(&model, |model| model.ask(RIPE).is_some()),
            on(&model, |model| model.ask(RIPE).is_some()),
        );
        assert!(probes.0 != probes.1);
    });
}

/// Three claims compete for one cell, which holds an expired lease.
#[test]
fn three_claims_for_one_cell() {
    explore(|| {
        let slots = Arc::new(Slots::new());
        assert!(slots.claim(probe(1, RIPE)));
        let claims = [(); 3].map(|()| {
            let slots = Arc::clone(&slots);
            thread::spawn(move || slots.claim(probe(1, EXPIRED)))
        });
        let claims = claims.map(|claim| claim.join().unwrap());
        assert_eq!(claims.into_iter().filter(|claimed| *claimed).count(), 1);
    });
}

/// A probe is dropped while a call requests admission: the slot is neither lost nor duplicated.
#[test]
fn abandoned_probe_against_admission() {
    for probes in [1, 2] {
        explore(move || {
            let model = Model::half_open(2, probes);
            let probe = model.admitted(RIPE);
            model.room(RIPE);
            let (_, asked) = race(
                on(&model, move |model| model.settle(probe, Outcome::Ignored, RIPE)),
                on(&model, |model| model.ask(RIPE).is_some()),
            );
            assert_eq!(model.room(RIPE), usize::from(!asked));
        });
    }
}

/// The stream of a probe yields its first item while a call requests admission: the slot is neither
/// lost nor duplicated, and the outcome still counts.
#[cfg(feature = "stream")]
#[test]
fn a_stream_that_flows_against_admission() {
    for probes in [1, 2] {
        explore(move || {
            let model = Model::half_open(2, probes);
            let mut probe = model.admitted(RIPE);
            model.room(RIPE);
            let (probe, asked) = race(
                on(&model, move |model| {
                    model.core.release(&model.settings, &mut probe, || RIPE);
                    probe
                }),
                on(&model, |model| model.ask(RIPE).is_some()),
            );
            assert_eq!(model.succeed(probe), None);
            assert_eq!(model.core.load().count(), 1);
            assert_eq!(model.room(RIPE), usize::from(!asked));
        });
    }
}

/// A probe fails while a call requests admission: its slot admits no call before the breaker opens.
#[test]
fn the_slot_of_a_failed_probe_admits_nobody() {
    for probes in [1, 2] {
        explore(move || {
            let model = Model::half_open(1, probes);
            let probe = model.admitted(RIPE);
            model.room(RIPE);
            let (reopened, asked) = race(
                on(&model, move |model| model.fail(probe, RIPE)),
                on(&model, |model| model.ask(RIPE + 1).is_some()),
            );
            assert_eq!(reopened, Some((HalfOpen, Open)));
            assert!(!asked);
            // The call that came too late has left no lease behind.
            assert_eq!(model.room(RIPE + RECOVERY), probes as usize);
        });
    }
}

/// A probe that hung reports just when its slot is passed on: the new probe keeps the slot, and the
/// late outcome counts.
#[test]
fn late_outcome_against_reclaim() {
    for probes in [1, 2] {
        explore(move || {
            let model = Model::half_open(2, probes);
            let late = model.admitted(RIPE);
            model.room(RIPE);
            let (_, asked) = race(
                on(&model, move |model| model.succeed(late)),
                on(&model, |model| model.ask(EXPIRED).is_some()),
            );
            assert!(asked);
            assert_eq!(model.core.load().count(), 1);
            assert!(model.room(EXPIRED) < probes as usize);
        });
    }
}

/// Two calls find the slot of a hanging probe: one gets it.
#[test]
fn two_calls_reclaim_one_slot() {
    explore(|| {
        let model = Model::half_open(2, 1);
        model.admitted(RIPE);
        let probes = race(
            on(&model, |model| model.ask(EXPIRED).is_some()),
            on(&model, |model| model.ask(EXPIRED).is_some()),
        );
        assert!(probes.0 != probes.1);
    });
}

/// A call that slept through its episode claims a slot during the next one: it gets none.
#[test]
fn a_late_claim_leaves_the_next_episode_alone() {
    for limit in [1, 2] {
        explore(move || {
            let slots = Arc::new(Slots::new());
            let (late, next) = (Arc::clone(&slots), Arc::clone(&slots));
            // An operator can start an episode at the same time as the one before.
            let claim = Claim { generation: 4, ..probe(limit, RIPE) };
            race(move || late.claim(probe(limit, RIPE)), move || assert!(next.claim(claim)));
            let room = std::iter::from_fn(|| slots.claim(claim).then_some(())).count();
            assert_eq!(room, usize::from(limit) - 1);
        });
    }
}

/// A thread that starts an episode is overtaken and clears the leases late: it clears none of the
/// episode that has started. The lease of a probe that hung is gone even without it.
#[test]
fn a_late_clearing_leaves_the_next_episode_alone() {
    for limit in [1, 2] {
        explore(move || {
            let slots = Arc::new(Slots::new());
            // Taken at the same time and 32 generations ago, so it looks as if it were ahead.
            assert!(slots.claim(probe(limit, RIPE)));
            let generation = Arc::new(AtomicU64::new(33));
            let begin = || {
                let (slots, generation) = (Arc::clone(&slots), Arc::clone(&generation));
                move || {
                    slots.clear(limit, || generation.load(Ordering::Acquire) == 33);
                    let began =
                        generation.compare_exchange(33, 34, Ordering::AcqRel, Ordering::Acquire);
                    let claim = Claim { generation: 34, ..probe(limit, RIPE) };
                    began.is_ok() && slots.claim(claim)
                }
            };
            let probes = race(begin(), begin());
            assert!(probes.0 != probes.1);
            let claim = Claim { generation: 34, ..probe(limit, RIPE) };
            let room = std::iter::from_fn(|| slots.claim(claim).then_some(())).count();
            assert_eq!(room, usize::from(limit) - 1);
        });
    }
}

/// Two simultaneous manual outcomes give back one slot each, and not the one that a permit holds.
#[test]
fn two_manual_outcomes_give_back_two_slots() {
    for limit in [3, 4] {
        explore(move || {
            let slots = Arc::new(Slots::new());
            let manual = Claim { manual: true, ..probe(limit, RIPE) };
            assert!(slots.claim(manual) && slots.claim(manual));
            for _ in 2..limit {
                assert!(slots.claim(probe(limit, RIPE)));
            }
            let (one, other) = (Arc::clone(&slots), Arc::clone(&slots));
            race(move || one.release_manual(manual), move || other.release_manual(manual));
            let room =
                || std::iter::from_fn(|| slots.claim(probe(limit, RIPE)).then_some(())).count();
            assert_eq!(room(), 2);
            // A third outcome has no slot to give back.
            slots.release_manual(manual);
            assert_eq!(room(), 0);
        });
    }
}

/// Returns the claim of a probe in an episode of generation 2.
fn probe(limit: u8, now: u64) -> Claim {
    Claim { generation: 2, limit, probe_timeout: RECOVERY, now, manual: false }
}
