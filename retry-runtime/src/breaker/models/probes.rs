//! Races for the slots of a half-open breaker.

use std::sync::Arc;

use shuttle::thread;

use super::super::CircuitState::{HalfOpen, Open};
use super::super::settings::Verdict;
use super::super::slots::{Claim, Slot, Slots};
use super::super::ticket::Attempt;
use super::{EXPIRED, Model, RECOVERY, RIPE, explore, on, race};
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

/// Two calls ask a half-open breaker that has one of its two slots left.
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

/// Three claims meet at one cell, which holds an expired lease.
#[test]
fn three_claims_for_one_cell() {
    explore(|| {
        let slots = Arc::new(Slots::new());
        assert_eq!(slots.claim(probe(1, RIPE), || true), Some(Slot::Cell(0)));
        let claims = [(); 3].map(|()| {
            let slots = Arc::clone(&slots);
            thread::spawn(move || slots.claim(probe(1, EXPIRED), || true))
        });
        let claims = claims.map(|claim| claim.join().unwrap());
        assert_eq!(claims.into_iter().flatten().collect::<Vec<_>>(), [Slot::Cell(0)]);
    });
}

/// Two calls ask for the last place of a group.
#[test]
fn probes_never_exceed_the_limit_of_a_group() {
    explore(|| {
        let model = Model::half_open(2, 17);
        for _ in 0..16 {
            model.admitted(RIPE);
        }
        let probes = race(
            on(&model, |model| model.ask(RIPE).is_some()),
            on(&model, |model| model.ask(RIPE).is_some()),
        );
        assert!(probes.0 != probes.1);
    });
}

/// Two calls begin the group of a new episode, and find the full one of the episode before.
#[test]
fn a_new_episode_begins_with_an_empty_group() {
    explore(|| {
        let model = Model::half_open(2, 17);
        let probe = model.admitted(RIPE);
        assert_eq!(model.room(RIPE), 16);
        model.fail(probe, RIPE);
        assert!(matches!(model.attempt(EXPIRED), Attempt::Changed(_)));
        let probes = race(
            on(&model, |model| model.ask(EXPIRED).is_some()),
            on(&model, |model| model.ask(EXPIRED).is_some()),
        );
        assert_eq!(probes, (true, true));
        assert_eq!(model.room(EXPIRED), 15);
    });
}

/// A probe is dropped while a call asks: the slot is never lost, and never there twice.
#[test]
fn abandoned_probe_against_admission() {
    for probes in [1, 17] {
        explore(move || {
            let model = Model::half_open(2, probes);
            let probe = model.admitted(RIPE);
            model.room(RIPE);
            let (_, asked) = race(
                on(&model, move |model| model.settle(probe, Verdict::Neutral, RIPE)),
                on(&model, |model| model.ask(RIPE).is_some()),
            );
            assert_eq!(model.room(RIPE), usize::from(!asked));
        });
    }
}

/// A probe's stream gives its first item while a call asks: its slot is never lost, and never there twice, and
/// its verdict still counts.
#[cfg(feature = "stream")]
#[test]
fn a_stream_that_flows_against_admission() {
    for probes in [1, 17] {
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

/// A probe fails while a call asks: its slot lets nobody through on the way to open.
#[test]
fn the_slot_of_a_failed_probe_admits_nobody() {
    for probes in [1, 17] {
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
            // And the call that came too late has left no lease behind.
            assert_eq!(model.room(RIPE + RECOVERY), probes as usize);
        });
    }
}

/// A probe that hung comes back just when its slot is handed on: the newcomer keeps the slot, and the late
/// verdict counts.
#[test]
fn late_verdict_against_reclaim() {
    for probes in [1, 17] {
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

/// Two calls find a whole group hanging: it is emptied once, and each one that gets in is counted.
///
/// One of them may be rejected, by the lease that the other is about to take.
#[test]
fn two_calls_reclaim_one_group() {
    explore(|| {
        let model = Model::half_open(2, 17);
        assert_eq!(model.room(RIPE), 17);
        let probes = race(
            on(&model, |model| model.ask(EXPIRED).is_some()),
            on(&model, |model| model.ask(EXPIRED).is_some()),
        );
        assert!(probes.0 || probes.1);
        assert_eq!(model.room(EXPIRED), 17 - usize::from(probes.0) - usize::from(probes.1));
    });
}

/// A group is about to be taken for hanging when one probe leaves and another joins: the count is what it was,
/// the lease is not.
#[test]
fn a_group_that_changes_unseen_is_not_reclaimed() {
    explore(|| {
        let slots = Arc::new(Slots::new());
        let room = |slots: &Slots, now| {
            std::iter::from_fn(|| slots.claim(probe(17, now), || true)).count()
        };
        let leaving = slots.claim(probe(17, RIPE), || true).unwrap();
        assert_eq!(room(&slots, RIPE), 16);
        let (reclaiming, changing) = (Arc::clone(&slots), Arc::clone(&slots));
        let (reclaimed, joined) = race(
            move || reclaiming.claim(probe(17, EXPIRED), || true).is_some(),
            move || {
                changing.release(leaving, RIPE, 2);
                changing.claim(probe(17, EXPIRED), || true).is_some()
            },
        );
        let fresh = usize::from(reclaimed) + usize::from(joined);
        assert!(fresh + room(&slots, EXPIRED) <= 17);
    });
}

/// A call that slept through its episode comes to the slots of the next one, and so does the one that began its
/// episode, to clear the leases before it: neither begins the next one anew, nor takes a lease of it.
#[test]
fn a_late_claim_leaves_the_next_episode_alone() {
    for limit in [1, 2, 17] {
        explore(move || {
            let slots = Arc::new(Slots::new());
            let generation = Arc::new(AtomicU64::new(2));
            let (late, next) = (Arc::clone(&slots), Arc::clone(&slots));
            let (seen, set) = (Arc::clone(&generation), Arc::clone(&generation));
            // By hand an episode can begin at the very time of the one before.
            race(
                move || {
                    let (claim, current) =
                        (probe(limit, RIPE), || seen.load(Ordering::Acquire) == 2);
                    late.sweep(claim);
                    late.claim(claim, current);
                },
                move || {
                    set.store(4, Ordering::Release);
                    let claim = Claim { generation: 4, ..probe(limit, RIPE) };
                    next.sweep(claim);
                    assert!(next.claim(claim, || true).is_some());
                },
            );
            let claim = Claim { generation: 4, ..probe(limit, RIPE) };
            let room = std::iter::from_fn(|| slots.claim(claim, || true)).count();
            assert_eq!(room, usize::from(limit) - 1);
        });
    }
}

/// Two manual verdicts at once give back one slot each, and not the one that a permit holds.
#[test]
fn two_manual_verdicts_give_back_two_slots() {
    for limit in [3, 17] {
        explore(move || {
            let slots = Arc::new(Slots::new());
            let manual = Claim { manual: true, ..probe(limit, RIPE) };
            assert!(
                slots.claim(manual, || true).is_some() && slots.claim(manual, || true).is_some()
            );
            for _ in 2..limit {
                assert!(slots.claim(probe(limit, RIPE), || true).is_some());
            }
            let (one, other) = (Arc::clone(&slots), Arc::clone(&slots));
            race(move || one.release_manual(2, limit), move || other.release_manual(2, limit));
            let room = || std::iter::from_fn(|| slots.claim(probe(limit, RIPE), || true)).count();
            assert_eq!(room(), 2);
            // A third one has nothing to give back.
            slots.release_manual(2, limit);
            assert_eq!(room(), 0);
        });
    }
}

/// The claim of a probe in an episode of generation 2.
fn probe(limit: u16, now: u64) -> Claim {
    Claim { generation: 2, limit, recovery_timeout: RECOVERY, now, manual: false }
}
