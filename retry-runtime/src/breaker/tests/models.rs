//! Small models of the races in a breaker, explored in every interleaving.
//!
//! Run with `RUSTFLAGS="--cfg retry_utils_shuttle" cargo test -p retry-runtime --lib models`. The
//! search is exhaustive, unless a model says that its schedules are drawn. It assumes sequential
//! consistency. The code explains why weaker orderings are enough.

mod configured;
mod hints;
mod keyed;
mod operator;
mod probes;
mod state;
mod windows;

use std::sync::Arc;
use std::sync::atomic::AtomicU64 as Counter;
use std::time::Duration;

use shuttle::scheduler::PctScheduler;
use shuttle::{Config, Runner, thread};

use crate::breaker::admission::{Admission, Rejection, Request, Transition};
use crate::breaker::core::Core;
use crate::breaker::settings::{CurrentSettings, Outcome, Settings};
use crate::circuit_state::CircuitState::{self, Closed, HalfOpen, Open};
use crate::sync::Ordering;

/// The recovery timeout and the probe timeout of all models: 1 ms.
const RECOVERY: u64 = 1_000_000;
/// The time at which the breaker of a model trips, if it has tripped before the model starts.
const TRIP: u64 = 1000;
/// The start of its half-open episode.
const RIPE: u64 = TRIP + RECOVERY;
/// The expiry of the leases of that episode's first probes.
const EXPIRED: u64 = RIPE + RECOVERY;

/// The states before and after a transition.
type Change = (CircuitState, CircuitState);

fn change(transition: Transition) -> Change {
    (transition.from, transition.to)
}

/// A breaker that threads share.
struct Model {
    core: Core,
    settings: CurrentSettings,
}

impl Model {
    fn closed(failures: u32, successes: u32, probes: u32) -> Arc<Self> {
        let settings = Settings::DEFAULT
            .with_failure_threshold(failures)
            .and_then(|settings| settings.with_success_threshold(successes))
            .and_then(|settings| settings.with_half_open_max_calls(probes))
            .and_then(|settings| settings.with_recovery_timeout(Duration::from_nanos(RECOVERY)))
            .and_then(|settings| settings.with_probe_timeout(Duration::from_nanos(RECOVERY)))
            .unwrap();
        Self::of(settings)
    }

    fn of(settings: Settings) -> Arc<Self> {
        Arc::new(Self { core: Core::new(&settings), settings: CurrentSettings::new(settings) })
    }

    fn open(successes: u32, probes: u32) -> Arc<Self> {
        let model = Self::closed(1, successes, probes);
        let admission = model.admitted(0);
        assert_eq!(model.fail(admission, TRIP), Some((Closed, Open)));
        model
    }

    fn half_open(successes: u32, probes: u32) -> Arc<Self> {
        let model = Self::open(successes, probes);
        assert_eq!(model.half_open_by_hand(RIPE), Some((Open, HalfOpen)));
        model
    }

    fn try_ask(&self, now: u64) -> Result<Admission, Rejection> {
        self.core.admit(&self.settings, Request::default(), || now, |_| {})
    }

    fn ask(&self, now: u64) -> Option<Admission> {
        self.try_ask(now).ok()
    }

    fn admitted(&self, now: u64) -> Admission {
        self.ask(now).expect("admitted")
    }

    fn settle(&self, admission: Admission, outcome: Outcome, now: u64) -> Option<Change> {
        self.core.end(&self.settings, admission, outcome, || now).map(change)
    }

    fn force(&self, to: CircuitState, forced: bool, now: u64) -> Option<Change> {
        self.core.force(to, forced, now).map(change)
    }

    fn trip(&self, now: u64) -> Option<Change> {
        self.core.trip(now).map(change)
    }

    fn half_open_by_hand(&self, now: u64) -> Option<Change> {
        self.core.half_open(&self.settings, now).map(change)
    }

    fn succeed(&self, admission: Admission) -> Option<Change> {
        self.settle(admission, Outcome::Success, RIPE)
    }

    fn fail(&self, admission: Admission, now: u64) -> Option<Change> {
        self.settle(admission, Outcome::Failure, now)
    }

    /// Returns the number of further calls that are admitted at `now`.
    fn room(&self, now: u64) -> usize {
        std::iter::from_fn(|| self.ask(now)).count()
    }
}

/// Runs the model under every schedule, and checks that there was more than one.
pub(crate) fn explore(model: impl Fn() + Send + Sync + 'static) {
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

/// Runs the model under many schedules, drawn so that each order of a few steps is likely among
/// them.
///
/// For models that have millions of schedules. The draw is the same in each run.
pub(crate) fn sample(model: impl Fn() + Send + Sync + 'static) {
    const SCHEDULES: usize = 10_000;
    let model = Arc::new(model);
    // The maximum number of thread switches, at random places, in one schedule. If a switch must
    // fall into a gap of a single step, more switches rarely leave the other thread enough time.
    for depth in 2..=4 {
        let model = Arc::clone(&model);
        let scheduler = PctScheduler::new_from_seed(1, depth, SCHEDULES);
        let ran = Runner::new(scheduler, Config::new()).run(move || model());
        assert_eq!(ran, SCHEDULES);
    }
}

/// Runs both sides of a race to their ends.
pub(crate) fn race<A, B>(
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
