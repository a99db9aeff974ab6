//! Races for the words of a window.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use super::{Model, TRIP, explore, on, race, sample};
use crate::breaker::settings::{Outcome, Settings};
use crate::breaker::window::{Extent, History, Sample, TAG_BITS, Tally, View, Window};
use crate::circuit_state::CircuitState::{Closed, Open};
use crate::sync::{AtomicU64, Ordering};

const GOOD: Sample = Sample { failed: false, slow: false };
const BAD: Sample = Sample { failed: true, slow: false };

/// The number of outcomes in one chunk if slow calls are not counted.
const CHUNK: u64 = 39;
/// The length of a slice in these models.
const SLICE: u64 = 1_000_000;

const CALLS: Extent = Extent::Calls(2);
const TIME: Extent = Extent::Time { slice: NonZeroU64::new(SLICE).unwrap() };

/// Two failures reach the rate together: the second one opens the breaker, and only that one.
#[test]
fn the_second_of_two_failures_trips() {
    for (window, run) in windows() {
        run(Box::new(move || {
            let model = Model::with_window(1.0, 2, window);
            let (one, other) = (model.admitted(0), model.admitted(0));
            let tripped = race(
                on(&model, move |model| model.fail(one, TRIP)),
                on(&model, move |model| model.fail(other, TRIP)),
            );
            assert!(tripped.0.is_some() != tripped.1.is_some());
            assert_eq!(model.core.load().circuit(), Open);
        }));
    }
}

/// Two failures in two slices reach the rate together: one of them sees the other. (Drawn
/// schedules.)
#[test]
fn failures_in_two_slices_see_each_other() {
    sample(|| {
        let model = Model::with_window(0.6, 3, Window::time(Duration::from_millis(10)));
        let (first, one, other) = (model.admitted(0), model.admitted(0), model.admitted(0));
        model.settle(first, Outcome::Failure, TRIP);
        let tripped = race(
            on(&model, move |model| model.fail(one, TRIP)),
            on(&model, move |model| model.fail(other, TRIP + SLICE)),
        );
        assert!(tripped.0.is_some() != tripped.1.is_some());
    });
}

/// A success and a failure end simultaneously in a window of two. The failure evaluates the
/// outcomes before it, and opens the breaker only if it came first.
#[test]
fn a_failure_evaluates_what_came_before_it() {
    explore(|| {
        let model = Model::with_window(1.0, 2, Window::calls(2));
        let (early, good, bad) = (model.admitted(0), model.admitted(0), model.admitted(0));
        model.fail(early, TRIP);
        let (_, tripped) = race(
            on(&model, move |model| model.succeed(good)),
            on(&model, move |model| model.fail(bad, TRIP)),
        );
        if tripped.is_none() {
            let view = model.settings.built().view(0).unwrap();
            let held = model.core.history.tally(view, || TRIP);
            assert_eq!(held, Tally { calls: 2, failures: 1, slow: 0 });
        }
    });
}

/// An outcome of the previous generation arrives while the current one records its first outcome:
/// the window holds only that of the current one.
#[test]
fn a_late_outcome_stays_out_of_the_next_generations_window() {
    for (window, run) in windows() {
        for outcome in [Outcome::Success, Outcome::Failure] {
            run(Box::new(move || {
                let model = Model::with_window(1.0, 2, window);
                let late = model.admitted(0);
                race(
                    on(&model, move |model| model.settle(late, outcome, TRIP)),
                    on(&model, |model| {
                        model.force(Closed, false, TRIP);
                        let admission = model.admitted(TRIP);
                        assert_eq!(model.fail(admission, TRIP), None);
                    }),
                );
                let view = model.settings.built().view(1).unwrap();
                let held = model.core.history.tally(view, || TRIP);
                assert_eq!(held, Tally { calls: 1, failures: 1, slow: 0 });
            }));
        }
    }
}

/// Two recorders use a fresh window: none of their calls is lost.
#[test]
fn two_recorders_of_one_generation() {
    for extent in [CALLS, TIME] {
        explore(move || {
            let histories = Histories::new(extent);
            race(histories.recording(0, GOOD, SLICE), histories.recording(0, BAD, SLICE));
            assert_eq!(histories.held(0, SLICE), Tally { calls: 2, failures: 1, slow: 0 });
        });
    }
}

/// Two recorders find the tail full: one starts the next chunk, and the other continues in it.
#[test]
fn two_recorders_at_the_end_of_a_chunk() {
    explore(|| {
        let histories = Histories::new(Extent::Calls(60));
        for _ in 0..CHUNK {
            histories.record(0, BAD, 0);
        }
        race(histories.recording(0, GOOD, 0), histories.recording(0, GOOD, 0));
        let calls = CHUNK + 2;
        assert_eq!(histories.held(0, 0), Tally { calls, failures: CHUNK, slow: 0 });
    });
}

/// One recorder fills the tail and starts the next chunk while another has found it almost full:
/// the ring of two chunks goes round, and the window still holds the latest calls. (Drawn
/// schedules.)
#[test]
fn a_recorder_that_finds_the_ring_gone_on() {
    sample(|| {
        let histories = Histories::new(CALLS);
        for _ in 0..2 * CHUNK - 1 {
            histories.record(0, BAD, 0);
        }
        let other = histories.clone();
        race(histories.recording(0, GOOD, 0), move || {
            other.record(0, GOOD, 0);
            other.record(0, GOOD, 0);
        });
        assert_eq!(histories.held(0, 0), Tally { calls: 2, failures: 0, slow: 0 });
    });
}

/// A recorder reads the tail, and continues when the ring has come round to the chunk behind it: it
/// does not mistake that chunk for the oldest. (Drawn schedules.)
#[test]
fn a_recorder_that_the_ring_has_lapped() {
    sample(|| {
        let histories = Histories::new(Extent::Calls(40));
        for _ in 0..CHUNK {
            histories.record(0, GOOD, 0);
        }
        let others = histories.clone();
        race(histories.recording(0, GOOD, 0), move || {
            for _ in 0..2 * CHUNK {
                others.record(0, GOOD, 0);
            }
            others.record(0, BAD, 0);
        });
        assert_eq!(histories.held(0, 0), Tally { calls: 40, failures: 1, slow: 0 });
    });
}

/// A failure is recorded while so many good calls end that the ring comes round to the chunks that
/// it must count. In every order it reaches the rate and opens the breaker. (Drawn schedules.)
#[test]
fn a_failure_that_is_overtaken_is_evaluated() {
    sample(|| {
        let model = Model::with_window(0.025, 40, Window::calls(40));
        let admit = |count| (0..count).map(|_| model.admitted(0)).collect::<Vec<_>>();
        let (before, late, good) = (admit(39), model.admitted(0), admit(39));
        for admission in before {
            assert_eq!(model.fail(admission, TRIP), None);
        }
        race(
            on(&model, move |model| model.fail(late, TRIP)),
            on(&model, move |model| {
                for admission in good {
                    model.succeed(admission);
                }
            }),
        );
        assert_eq!(model.core.load().circuit(), Open);
    });
}

/// A recorder that starts a slice sleeps until the ring has come round: it does not affect the
/// failures of the slice that now has the place. (Drawn schedules.)
#[test]
fn a_slice_that_begins_late_wipes_no_later_one() {
    sample(|| {
        let histories = Histories::new(TIME);
        histories.record(0, GOOD, SLICE);
        let others = histories.clone();
        race(histories.recording(0, GOOD, 2 * SLICE), move || {
            for slice in 3..=18 {
                others.record(0, BAD, slice * SLICE);
            }
        });
        assert_eq!(histories.held(0, 18 * SLICE).failures, 10);
    });
}

/// A reader adds up the slices while the ring comes round to the oldest: it never finds failures
/// without the calls that failed. (Drawn schedules.)
#[test]
fn a_sum_that_is_overtaken_has_no_failures_without_calls() {
    sample(|| {
        let histories = Histories::new(TIME);
        for _ in 0..50 {
            histories.record(0, BAD, SLICE);
        }
        for slice in 2..=10 {
            histories.record(0, GOOD, slice * SLICE);
        }
        let (reader, others) = (histories.clone(), histories.clone());
        let (held, ()) = race(
            move || reader.held(0, 10 * SLICE),
            move || {
                for slice in 11..=17 {
                    others.record(0, GOOD, slice * SLICE);
                }
            },
        );
        assert!(held.failures <= held.calls, "{held:?}");
    });
}

/// Recorders of two generations find a tail of neither: each records in its own generation, and the
/// late one leaves no trace in the other.
#[test]
fn recorders_of_two_generations() {
    for extent in [CALLS, TIME] {
        explore(move || {
            let histories = Histories::new(extent);
            let present = histories.clone();
            histories.generation.store(1, Ordering::Release);
            histories.record(1, BAD, 0);
            race(histories.recording(1, GOOD, 0), move || {
                present.generation.store(2, Ordering::Release);
                present.record(2, GOOD, 0);
            });
            assert_eq!(histories.held(2, 0), Tally { calls: 1, failures: 0, slow: 0 });
        });
    }
}

/// Two recorders find that the slice is over: the head moves on once, and both count.
#[test]
fn two_recorders_begin_a_slice() {
    explore(|| {
        let histories = Histories::new(TIME);
        histories.record(0, BAD, SLICE);
        race(histories.recording(0, GOOD, 2 * SLICE), histories.recording(0, GOOD, 2 * SLICE));
        assert_eq!(histories.held(0, 2 * SLICE), Tally { calls: 3, failures: 1, slow: 0 });
        // The slices are in the right positions: the first one falls out alone.
        assert_eq!(histories.held(0, 11 * SLICE), Tally { calls: 2, failures: 0, slow: 0 });
    });
}

/// A recorder that read the clock in one slice reaches the head after another has moved it on: its
/// call counts once, in one of the two slices.
#[test]
fn a_recorder_whose_slice_is_over() {
    explore(|| {
        let histories = Histories::new(TIME);
        histories.record(0, BAD, SLICE);
        race(histories.recording(0, GOOD, SLICE), histories.recording(0, GOOD, 2 * SLICE));
        assert_eq!(histories.held(0, 2 * SLICE), Tally { calls: 3, failures: 1, slow: 0 });
        let later = histories.held(0, 11 * SLICE);
        assert!(later.failures == 0 && (1..=2).contains(&later.calls));
    });
}

type Run = fn(Box<dyn Fn() + Send + Sync>);

/// A window of either kind, and the way to run its model. A breaker with a window of time takes too
/// many steps to run all schedules.
fn windows() -> [(Window, Run); 2] {
    [
        (Window::calls(2), |model| explore(model)),
        (Window::time(Duration::from_secs(1)), |model| sample(model)),
    ]
}

/// A history and the current generation, which threads share.
#[derive(Clone)]
struct Histories {
    history: Arc<History>,
    generation: Arc<AtomicU64>,
    extent: Extent,
}

impl Histories {
    fn new(extent: Extent) -> Self {
        let generation = Arc::new(AtomicU64::new(0));
        Self { history: Arc::new(History::new(Some(extent))), generation, extent }
    }

    fn view(&self, generation: u64) -> View {
        View { extent: self.extent, with_slow: false, generation }
    }

    fn record(&self, generation: u64, sample: Sample, now: u64) {
        let current = || self.generation.load(Ordering::Acquire) == generation;
        // As the core does before it records.
        if !current() {
            return;
        }
        // As the core does first.
        let at_once = sample == GOOD
            && match self.extent {
                Extent::Calls(_) => {
                    self.history.record_good_call(generation << (u64::BITS - TAG_BITS), false)
                }
                Extent::Time { slice } => self.history.record_good_at(slice, generation, now),
            };
        if !at_once {
            self.history.record(self.view(generation), sample, now, current, |_| false);
        }
    }

    fn recording(&self, generation: u64, sample: Sample, now: u64) -> impl FnOnce() + use<> {
        let histories = self.clone();
        move || histories.record(generation, sample, now)
    }

    fn held(&self, generation: u64, now: u64) -> Tally {
        self.history.tally(self.view(generation), || now)
    }
}

impl Model {
    pub(super) fn with_window(rate: f64, min_calls: u32, window: Window) -> Arc<Self> {
        Self::of(Settings::DEFAULT.with_failure_rate(rate, min_calls, window).unwrap())
    }
}
