//! Races between the agent and calls, probes and operators.
//!
//! Run like the other models of the breaker, with the feature `fleet`.

use std::sync::Arc;
use std::time::Duration;

use super::leases::ProbeOutcome;
use super::link::Link;
use super::{Change, Forced, Lease, Origin, Source, Tied};
use crate::breaker::admission::{Admission, Rejection, Request};
use crate::breaker::core::Core;
use crate::breaker::settings::{CurrentSettings, Outcome, Settings};
use crate::breaker::tests::models::{explore, race, sample};
use crate::breaker::{CircuitBreaker, CircuitBreakers};
use crate::circuit_state::CircuitState::{self, Closed, HalfOpen, Open};
use crate::fleet;
use crate::name::Name;
use crate::sync::{Mutex, Ordering};

/// The recovery timeout and the probe timeout: 1 ms.
const RECOVERY: u64 = 1_000_000;
/// The time of every step, unless a model says otherwise.
const NOW: u64 = 10 * RECOVERY;
const LATER: u64 = 1000 * RECOVERY;

/// A tied breaker with the time as an argument.
struct Model {
    core: Core,
    settings: CurrentSettings,
}

impl Model {
    /// Creates a closed breaker that is coordinated.
    fn coordinated(successes: u32) -> Arc<Self> {
        let settings = Settings::DEFAULT
            .with_failure_threshold(1)
            .and_then(|settings| settings.with_success_threshold(successes))
            .and_then(|settings| settings.with_half_open_max_calls(2))
            .and_then(|settings| settings.with_recovery_timeout(Duration::from_nanos(RECOVERY)))
            .and_then(|settings| settings.with_probe_timeout(Duration::from_nanos(RECOVERY)))
            .unwrap();
        let core = Core::new(&settings);
        let link = Link::new(Name::Static("model"), core.load());
        assert!(core.link.set(Box::new(link)).is_ok());
        let model = Self { core, settings: CurrentSettings::new(settings) };
        model.change(Change::Coordinate { until: LATER });
        Arc::new(model)
    }

    /// Creates a breaker that the fleet opened in epoch 1, past its open phase, with leases.
    fn ripe(successes: u32, leases: u64) -> Arc<Self> {
        let model = Self::coordinated(successes);
        model.open(1, NOW);
        (1..=leases).for_each(|sequence| assert!(model.change(grant(sequence, 1))));
        model
    }

    fn link(&self) -> &Link {
        self.core.link.get().unwrap()
    }

    fn change(&self, change: Change) -> bool {
        let act = |follower: &mut super::follow::Follower<'_>| follower.take(change);
        let ((), changed) = self.core.following(&self.settings, self.link(), NOW, act);
        changed.other || !changed.transitions.is_empty()
    }

    fn open(&self, epoch: u64, until: u64) -> bool {
        self.change(Change::Open { epoch, until, failed: 0 })
    }

    fn try_ask(&self, now: u64) -> Result<Admission, Rejection> {
        self.core.admit(&self.settings, Request::default(), || now, |_| {})
    }

    fn ask(&self) -> Option<Admission> {
        self.try_ask(NOW).ok()
    }

    fn admitted(&self) -> Admission {
        self.ask().expect("admitted")
    }

    fn settle(&self, admission: Admission, outcome: Outcome) -> bool {
        self.core.settle(&self.settings, admission, outcome, 0, || NOW).is_some()
    }

    /// Returns the numbers and outcomes of the leases that have ended.
    fn ended(&self) -> Vec<(u64, ProbeOutcome)> {
        let ended = self.link().lock().leases.ended();
        ended.into_iter().map(|ended| (ended.lease.sequence, ended.outcome)).collect()
    }

    fn held(&self) -> usize {
        self.link().lock().leases.held().len()
    }

    fn state(&self) -> CircuitState {
        self.core.load().circuit()
    }

    fn generation(&self) -> u64 {
        self.core.load().generation()
    }

    fn until(&self) -> u64 {
        self.core.open_until(self.core.load(), &self.settings)
    }

    fn origin(&self) -> Origin {
        self.core.origin(&self.link().lock())
    }

    fn forced(&self) -> Forced {
        let state = self.core.load();
        match self.link().forced_in.load(Ordering::Relaxed) == state.generation() {
            _ if !state.forced() => Forced::No,
            true => Forced::Fleet,
            false => Forced::Here,
        }
    }
}

fn grant(sequence: u64, epoch: u64) -> Change {
    Change::Grant(Lease { sequence, epoch, expires_at: LATER, late: false })
}

fn on<T, F: FnOnce(&Model) -> T>(model: &Arc<Model>, act: F) -> impl FnOnce() -> T + use<T, F> {
    let model = Arc::clone(model);
    move || act(&model)
}

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

/// A source that keeps the breakers that were created.
struct Keeper(Mutex<Vec<Tied>>);

impl Source for Keeper {
    fn wake(&self, _: &str) {}

    fn begins(&self, _: &str) -> Vec<Change> {
        Vec::new()
    }

    fn made(&self, breaker: Tied) {
        self.0.lock().unwrap().push(breaker);
    }

    fn evicted(&self, _: &str) {}
}

/// A set is tied while a key is first used: its breaker is passed to the source once.
#[test]
fn tying_a_set_against_a_new_key() {
    explore(|| {
        let set = Arc::new(CircuitBreakers::new("set"));
        let keeper = Arc::new(Keeper(Mutex::new(Vec::new())));
        let source: Arc<dyn Source> = keeper.clone();
        let (one, other) = (Arc::clone(&set), Arc::clone(&set));
        race(move || one.for_key("a"), move || fleet::tie_all(&other, &source).unwrap());
        let made = std::mem::take(&mut *keeper.0.lock().unwrap());
        assert_eq!(made.iter().map(Tied::name).collect::<Vec<_>>(), ["set/a"]);
    });
}

/// Two agents tie one breaker: one of them succeeds.
#[test]
fn two_agents_tie_one_breaker() {
    explore(|| {
        let breaker = Arc::new(CircuitBreaker::new("b"));
        let tie = || {
            let breaker = Arc::clone(&breaker);
            move || {
                let source: Arc<dyn Source> = Arc::new(Keeper(Mutex::new(Vec::new())));
                let tied = Tied::new(breaker.into(), &Arc::downgrade(&source));
                tied.ok().map(|tied| (tied, source))
            }
        };
        let ties = race(tie(), tie());
        assert!(ties.0.is_some() != ties.1.is_some());
    });
}
