//! Every interleaving of the races that the breaker claims to settle, in small.
//!
//! Run with `RUSTFLAGS="--cfg retry_utils_shuttle" cargo test -p retry-runtime --lib models`. The search is
//! exhaustive under sequential consistency; that weaker orderings are enough is argued where they stand.

use std::sync::Arc;
use std::sync::atomic::AtomicU64 as Counter;

use shuttle::thread;

use super::CircuitState::{Closed, HalfOpen, Open};
use super::core::{Attempt, Core, Ticket, Transition};
use super::settings::{Settings, Verdict};
use crate::config::Mode;
use crate::sync::Ordering;

/// The recovery timeout of all models: 1 ms.
const RECOVERY: u64 = 1_000_000;
/// When the breaker of a model trips, if it has tripped before the model begins.
const TRIP: u64 = 1000;
/// When its half-open episode begins.
const RIPE: u64 = TRIP + RECOVERY;
/// When the leases of that episode's first probes have expired.
const EXPIRED: u64 = RIPE + RECOVERY;

/// A breaker as threads share it.
struct Model {
    core: Core,
    settings: Settings,
}

impl Model {
    fn closed(failures: u32, successes: u32, probes: u32) -> Arc<Self> {
        let settings = Settings::DEFAULT
            .with_failure_threshold(failures)
            .and_then(|settings| settings.with_success_threshold(successes))
            .and_then(|settings| settings.with_half_open_max_calls(probes))
            .and_then(|settings| {
                settings.with_recovery_timeout(std::time::Duration::from_millis(1))
            })
            .unwrap();
        Arc::new(Self { core: Core::new(&settings), settings })
    }

    fn open(successes: u32, probes: u32) -> Arc<Self> {
        let model = Self::closed(1, successes, probes);
        let ticket = model.admitted(0);
        assert_eq!(model.fail(ticket, TRIP), Some(Transition { from: Closed, to: Open }));
        model
    }

    fn half_open(successes: u32, probes: u32) -> Arc<Self> {
        let model = Self::open(successes, probes);
        assert!(matches!(model.attempt(RIPE), Attempt::Changed(_)));
        model
    }

    fn attempt(&self, now: u64) -> Attempt {
        self.core.attempt(&self.settings, false, || now)
    }

    /// Asks as a call does: once more where it has half-opened the breaker.
    fn ask(&self, now: u64) -> Option<Ticket> {
        loop {
            match self.attempt(now) {
                Attempt::Admitted(ticket) => return Some(ticket),
                Attempt::Rejected(..) => return None,
                Attempt::Changed(_) => {}
            }
        }
    }

    fn admitted(&self, now: u64) -> Ticket {
        self.ask(now).expect("admitted")
    }

    fn ask_manually(&self, now: u64) -> bool {
        matches!(self.core.attempt(&self.settings, true, || now), Attempt::Admitted(_))
    }

    fn settle(&self, ticket: Ticket, verdict: Verdict, now: u64) -> Option<Transition> {
        self.core.settle(&self.settings, ticket, verdict, || now)
    }

    fn succeed(&self, ticket: Ticket) -> Option<Transition> {
        self.settle(ticket, Verdict::Success, RIPE)
    }

    fn fail(&self, ticket: Ticket, now: u64) -> Option<Transition> {
        self.settle(ticket, Verdict::Failure, now)
    }

    /// How many more calls are let through at `now`.
    fn room(&self, now: u64) -> usize {
        std::iter::from_fn(|| self.ask(now)).count()
    }
}

/// Runs the model under every schedule, and makes sure that there was more than one.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    let schedules = Arc::new(Counter::new(0));
    let counted = Arc::clone(&schedules);
    shuttle::check_dfs(
        move || {
            counted.fetch_add(1, Ordering::Relaxed);
            model();
        },
        None,
    );
    let schedules = schedules.load(Ordering::Relaxed);
    println!("{schedules} schedules");
    assert!(schedules > 1, "the threads of this model never met");
}

/// Runs two sides of a race to their ends.
fn race<A, B>(
    first: impl FnOnce() -> A + Send + 'static,
    second: impl FnOnce() -> B + Send + 'static,
) -> (A, B)
where
    A: Send + 'static,
    B: Send + 'static,
{
    let first = thread::spawn(first);
    let second = thread::spawn(second);
    (first.join().unwrap(), second.join().unwrap())
}

fn on<T, F: FnOnce(&Model) -> T>(model: &Arc<Model>, act: F) -> impl FnOnce() -> T + use<T, F> {
    let model = Arc::clone(model);
    move || act(&model)
}

/// A call asks while another one's failure trips the breaker: it is admitted before the trip, and its late
/// success changes nothing, or it finds the breaker open and knows since when.
#[test]
fn admission_against_trip() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let failing = model.admitted(0);
        let (asked, tripped) = race(
            on(&model, |model| model.attempt(TRIP + 1)),
            on(&model, move |model| model.fail(failing, TRIP)),
        );
        assert_eq!(tripped, Some(Transition { from: Closed, to: Open }));
        match asked {
            Attempt::Admitted(ticket) => assert_eq!(model.succeed(ticket), None),
            Attempt::Rejected(_, retry_in) => {
                assert_eq!(retry_in.unwrap().as_nanos(), u128::from(RECOVERY - 1));
            }
            Attempt::Changed(_) => panic!("open without a time"),
        }
        assert_eq!(model.core.load().state(), Open);
    });
}

/// Two failures at once reach the threshold: neither is lost, and one trips.
#[test]
fn two_failures_race_to_trip() {
    explore(|| {
        let model = Model::closed(2, 1, 1);
        let (one, other) = (model.admitted(0), model.admitted(0));
        let (first, second) = race(
            on(&model, move |model| model.fail(one, TRIP)),
            on(&model, move |model| model.fail(other, TRIP + 1)),
        );
        let trip = Some(Transition { from: Closed, to: Open });
        assert!([(trip, None), (None, trip)].contains(&(first, second)));
        assert_eq!(model.core.load().generation(), 1);
    });
}

/// A third failure comes late to a trip: neither it nor its time, which is from before the trip, does
/// anything to the open phase.
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
        assert!(matches!(model.attempt(RIPE), Attempt::Changed(_)));
    });
}

/// A success and a failure at once: failures in a row are counted from one or the other, never half.
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
        // The failure came first: forgotten with the one before. Or last: it begins a new row.
        assert!(model.core.load().count() <= 1);
        assert_eq!(model.core.load().state(), Closed);
    });
}

/// Two probes report at once. Two successes close it, once; with a failure among them it reopens, once.
#[test]
fn verdicts_of_two_probes() {
    for (verdicts, to) in [
        ([Verdict::Success, Verdict::Success], Closed),
        ([Verdict::Success, Verdict::Failure], Open),
        ([Verdict::Failure, Verdict::Failure], Open),
    ] {
        explore(move || {
            let model = Model::half_open(2, 2);
            let (one, other) = (model.admitted(RIPE), model.admitted(RIPE));
            let (first, second) = race(
                on(&model, move |model| model.settle(one, verdicts[0], RIPE)),
                on(&model, move |model| model.settle(other, verdicts[1], RIPE)),
            );
            let change = Some(Transition { from: HalfOpen, to });
            assert!([(change, None), (None, change)].contains(&(first, second)));
            assert_eq!((model.core.load().state(), model.core.load().count()), (to, 0));
        });
    }
}

/// One probe would close it and the other reopen it: the first verdict decides, the other is stale.
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
        assert_eq!(model.core.load().state(), if closed.is_some() { Closed } else { Open });
    });
}

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

/// Three calls ask a half-open breaker that has two slots.
#[test]
fn probes_never_exceed_the_limit() {
    explore(|| {
        let model = Model::half_open(2, 2);
        let third = thread::spawn(on(&model, |model| model.ask(RIPE).is_some()));
        let (first, second) = race(
            on(&model, |model| model.ask(RIPE).is_some()),
            on(&model, |model| model.ask(RIPE).is_some()),
        );
        let probes = [first, second, third.join().unwrap()];
        assert_eq!(probes.into_iter().filter(|probe| *probe).count(), 2);
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
            assert_eq!(reopened, Some(Transition { from: HalfOpen, to: Open }));
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

/// Two calls find a whole group hanging: it is emptied once, and both are counted.
#[test]
fn two_calls_reclaim_one_group() {
    explore(|| {
        let model = Model::half_open(2, 17);
        assert_eq!(model.room(RIPE), 17);
        let probes = race(
            on(&model, |model| model.ask(EXPIRED).is_some()),
            on(&model, |model| model.ask(EXPIRED).is_some()),
        );
        assert_eq!(probes, (true, true));
        assert_eq!(model.room(EXPIRED), 15);
    });
}

/// A group is about to be taken for hanging when one probe leaves and another joins: the count is what it was,
/// the lease is not.
#[test]
fn a_group_that_changes_unseen_is_not_reclaimed() {
    explore(|| {
        let model = Model::half_open(2, 17);
        let leaving = model.admitted(RIPE);
        assert_eq!(model.room(RIPE), 16);
        let (reclaimed, joined) = race(
            on(&model, |model| model.ask(EXPIRED).is_some()),
            on(&model, move |model| {
                model.settle(leaving, Verdict::Neutral, EXPIRED);
                model.ask(EXPIRED).is_some()
            }),
        );
        let fresh = usize::from(reclaimed) + usize::from(joined);
        assert!(fresh + model.room(EXPIRED) <= 17);
    });
}

/// A verdict from before the trip comes in while the breaker half-opens: it is nobody's.
#[test]
fn stale_verdict_against_a_new_episode() {
    for verdict in [Verdict::Success, Verdict::Failure] {
        explore(move || {
            let model = Model::closed(1, 1, 1);
            let (failing, stale) = (model.admitted(0), model.admitted(0));
            model.fail(failing, TRIP);
            let (changed, probe) = race(
                on(&model, move |model| model.settle(stale, verdict, RIPE)),
                on(&model, |model| model.ask(RIPE).is_some()),
            );
            assert_eq!((changed, probe), (None, true));
            assert_eq!(model.core.load().state(), HalfOpen);
        });
    }
}

/// An operator resets the breaker while a failure trips it: closed in the end, and each change told once.
#[test]
fn reset_against_trip() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let failing = model.admitted(0);
        let (tripped, reset) = race(
            on(&model, move |model| model.fail(failing, TRIP)),
            on(&model, |model| model.core.force(Closed, false, TRIP)),
        );
        assert_eq!(tripped.is_some(), reset == Some(Transition { from: Open, to: Closed }));
        assert_eq!(model.core.load().state(), Closed);
    });
}

/// An operator forces the breaker open while a probe closes it: the operator wins.
#[test]
fn force_against_verdict() {
    explore(|| {
        let model = Model::half_open(1, 1);
        let probe = model.admitted(RIPE);
        let (closed, forced) = race(
            on(&model, move |model| model.succeed(probe)),
            on(&model, |model| model.core.force(Open, true, RIPE)),
        );
        let from = if closed.is_some() { Closed } else { HalfOpen };
        assert_eq!(forced, Some(Transition { from, to: Open }));
        let word = model.core.load();
        assert!(word.forced() && word.state() == Open);
    });
}

/// The mode is changed, the registry is told, and a failure trips, all in the one word: none undoes another.
#[test]
fn flags_against_trip() {
    explore(|| {
        let model = Model::closed(1, 1, 1);
        let failing = model.admitted(0);
        let lister = thread::spawn(on(&model, |model| model.core.take_unlisted()));
        let (tripped, ()) = race(
            on(&model, move |model| model.fail(failing, TRIP)),
            on(&model, |model| model.core.set_mode(Mode::Observe)),
        );
        assert!(lister.join().unwrap());
        assert!(tripped.is_some());
        let word = model.core.load();
        assert_eq!((word.state(), word.mode(), word.unlisted()), (Open, Mode::Observe, false));
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

/// Two manual verdicts at once give back one slot each.
#[test]
fn two_manual_verdicts_give_back_two_slots() {
    for probes in [2, 17] {
        explore(move || {
            let model = Model::half_open(3, probes);
            assert!(model.ask_manually(RIPE) && model.ask_manually(RIPE));
            let held = probes as usize - 2;
            assert_eq!(std::iter::from_fn(|| model.ask(RIPE)).take(held).count(), held);
            let record =
                |model: &Model| model.core.record(&model.settings, Verdict::Success, || RIPE);
            race(on(&model, record), on(&model, record));
            assert_eq!(model.core.load().count(), 2);
            assert_eq!(model.room(RIPE), 2);
        });
    }
}
