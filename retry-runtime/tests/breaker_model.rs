//! Compares the breaker with a simple reference: random histories, and every result compared.
//!
//! `MODEL_STEPS` sets the total number of steps of each test. The default is 400,000, and at least
//! 300,000.
#![allow(clippy::cast_precision_loss)] // Counts of a test.

mod reference;
mod support;

use std::cell::Cell;
use std::env;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
#[cfg(feature = "fleet")]
use std::sync::Arc;
use std::sync::Once;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestCaseResult, TestRunner};
use reference::{Admission, Criterion, Outcome, Reference, Shown, Spec};
use retry_runtime::CircuitState::{Closed, HalfOpen, Open};
use retry_runtime::{CircuitBreaker, FailureKind, Mode, Permit, Window};
use support::Error;
use tokio::time::advance;

/// The average length of a history. Lengths vary up to twice that, so that a failing history can
/// shrink.
const STEPS: usize = 600;

#[derive(Debug, Clone, Copy)]
enum Step {
    /// Begins this many calls simultaneously, which end later.
    Acquire(u8),
    /// Ends one of the running calls. The number selects it, modulo their count.
    Finish(usize, Ending),
    /// Begins and ends a call.
    Call(Ending),
    ShouldAllow,
    RecordSuccess,
    RecordFailure,
    Advance(Lapse),
    Trip,
    HalfOpen,
    ForceOpen,
    ForceClosed,
    Reset,
    SetMode(Mode),
    Look,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    Success,
    Failure,
    Kind(FailureKind),
    /// A failure with a hint.
    Hinted(FailureKind, Duration),
    Dropped,
    Panics,
}

/// A step of the clock: a length that matters to one of the settings, or slightly more or less.
#[derive(Debug, Clone, Copy)]
enum Lapse {
    Nanos(u64),
    Recovery(i8),
    Probe(i8),
    Slice(i8),
    Slow(i8),
    Window,
    RecoveryMax,
    /// The longest hint.
    Hint(i8),
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        8 => Just(Ending::Success),
        6 => Just(Ending::Failure),
        2 => prop::sample::select(vec![
            FailureKind::Timeout,
            FailureKind::MidStream,
            FailureKind::InvalidRequest,
            FailureKind::Bug,
            FailureKind::CircuitOpen,
        ]).prop_map(Ending::Kind),
        4 => hinted(),
        2 => Just(Ending::Dropped),
        1 => Just(Ending::Panics),
    ]
}

fn hinted() -> impl Strategy<Value = Ending> {
    let kinds = vec![FailureKind::RateLimited, FailureKind::Unavailable, FailureKind::Bug];
    let millis = vec![0, 1, 20, 21, 5000, 90_000];
    (prop::sample::select(kinds), prop::sample::select(millis))
        .prop_map(|(kind, millis)| Ending::Hinted(kind, Duration::from_millis(millis)))
}

fn lapse() -> impl Strategy<Value = Lapse> {
    prop_oneof![
        3 => (0..2_000_000_u64).prop_map(Lapse::Nanos),
        4 => (-1..=1_i8).prop_map(Lapse::Recovery),
        2 => (-1..=1_i8).prop_map(Lapse::Probe),
        3 => (-1..=1_i8).prop_map(Lapse::Slice),
        2 => (-1..=1_i8).prop_map(Lapse::Slow),
        1 => Just(Lapse::Window),
        1 => Just(Lapse::RecoveryMax),
        2 => (-1..=1_i8).prop_map(Lapse::Hint),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => prop_oneof![4 => Just(1_u8), 1 => 2..40_u8].prop_map(Step::Acquire),
        30 => (any::<usize>(), ending()).prop_map(|(which, ending)| Step::Finish(which, ending)),
        30 => ending().prop_map(Step::Call),
        4 => Just(Step::ShouldAllow),
        2 => Just(Step::RecordSuccess),
        2 => Just(Step::RecordFailure),
        16 => lapse().prop_map(Step::Advance),
        1 => Just(Step::Trip),
        1 => Just(Step::HalfOpen),
        1 => prop_oneof![Just(Step::ForceOpen), Just(Step::ForceClosed)],
        2 => Just(Step::Reset),
        2 => prop::sample::select(vec![Mode::Enforce, Mode::Enforce, Mode::Observe, Mode::Off])
            .prop_map(Step::SetMode),
        4 => Just(Step::Look),
    ]
}

fn rate() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![0.07, 0.1, 0.25, 1.0 / 3.0, 0.5, 0.6, 0.75, 1.0])
}

fn criterion() -> impl Strategy<Value = Criterion> {
    let windows =
        prop::sample::select(vec![1, 2, 5, 10, 19, 20, 38, 39, 40, 41, 63, 64, 200, 1024]);
    let times = prop::sample::select(vec![10, 100, 1000, 60_000]);
    prop_oneof![
        (1..6_u32).prop_map(Criterion::Consecutive),
        (rate(), 1..30_u32, windows).prop_map(|(rate, min_calls, window)| Criterion::Calls {
            rate,
            min_calls: min_calls.min(window),
            window,
        }),
        (rate(), 1..30_u32, times).prop_map(|(rate, min_calls, millis)| Criterion::Time {
            rate,
            min_calls,
            window: Duration::from_millis(millis),
        }),
    ]
}

fn spec() -> impl Strategy<Value = Spec> {
    let millis = |values: Vec<u64>| prop::sample::select(values).prop_map(Duration::from_millis);
    (
        criterion(),
        option::of((millis(vec![1, 50, 1000]), rate())),
        millis(vec![1, 20, 1000, 60_000]),
        option::of((prop::sample::select(vec![1.0, 1.5, 2.0, 10.0]), 1..50_u32)),
        option::of(millis(vec![1, 30, 5000, 60_000])),
        1..5_u32,
        prop::sample::select(vec![1, 2, 3, 15, 16]),
        option::of(millis(vec![1, 30, 1000, 90_000])),
        option::of(millis(vec![0, 1, 50, 2000])),
    )
        .prop_map(
            |(
                criterion,
                slow_call,
                recovery,
                backoff,
                respect_retry_after,
                successes,
                probes,
                probe_timeout,
                abandoned,
            )| {
                Spec {
                    criterion,
                    slow_call,
                    recovery_timeout: recovery,
                    recovery_backoff: backoff.map(|(factor, times)| (factor, recovery * times)),
                    respect_retry_after,
                    success_threshold: successes,
                    half_open_max_calls: probes,
                    probe_timeout,
                    abandoned_after: abandoned,
                }
            },
        )
}

fn breaker(spec: &Spec) -> CircuitBreaker {
    let mut breaker = CircuitBreaker::new("model")
        .recovery_timeout(spec.recovery_timeout)
        .success_threshold(spec.success_threshold)
        .half_open_max_calls(spec.half_open_max_calls);
    breaker = match spec.criterion {
        Criterion::Consecutive(failures) => breaker.failure_threshold(failures),
        Criterion::Calls { rate, min_calls, window } => {
            breaker.failure_rate(rate, min_calls, Window::calls(window))
        }
        Criterion::Time { rate, min_calls, window } => {
            breaker.failure_rate(rate, min_calls, Window::time(window))
        }
    };
    if let Some((longer_than, rate)) = spec.slow_call {
        breaker = breaker.slow_call(longer_than, rate);
    }
    if let Some((factor, max)) = spec.recovery_backoff {
        breaker = breaker.recovery_backoff(factor, max);
    }
    if let Some(longest) = spec.respect_retry_after {
        breaker = breaker.respect_retry_after(longest);
    }
    if let Some(timeout) = spec.probe_timeout {
        breaker = breaker.probe_timeout(timeout);
    }
    if let Some(limit) = spec.abandoned_after {
        breaker = breaker.abandoned_after(limit);
    }
    breaker
}

/// Both breakers, with the running calls.
struct Pair<'b> {
    spec: &'b Spec,
    real: &'b CircuitBreaker,
    model: Reference,
    calls: Vec<(Permit<'b>, Admission)>,
    now: u64,
}

impl<'b> Pair<'b> {
    fn new(spec: &'b Spec, real: &'b CircuitBreaker) -> Self {
        Self { spec, real, model: Reference::new(spec.clone()), calls: Vec::new(), now: 0 }
    }

    async fn take(&mut self, step: Step) -> TestCaseResult {
        match step {
            Step::Acquire(count) => {
                for _ in 0..count {
                    if let Some(call) = self.acquire()? {
                        self.calls.push(call);
                    }
                }
                // Limited, so that histories do not spend their steps on calls that never end.
                while self.calls.len() > 100 {
                    self.finish(0, Ending::Dropped);
                }
            }
            Step::Finish(which, ending) if !self.calls.is_empty() => {
                self.finish(which % self.calls.len(), ending);
            }
            Step::Finish(..) => {}
            Step::Call(ending) => {
                if let Some(call) = self.acquire()? {
                    self.calls.push(call);
                    self.finish(self.calls.len() - 1, ending);
                }
            }
            Step::ShouldAllow => {
                let expected = self.model.should_allow_request(self.now);
                prop_assert_eq!(self.real.should_allow_request(), expected);
            }
            Step::RecordSuccess => {
                self.model.record(Outcome::Success, self.now);
                self.real.record_success();
            }
            Step::RecordFailure => {
                self.model.record(Outcome::Failure, self.now);
                self.real.record_failure();
            }
            Step::Advance(lapse) => self.advance(self.length(lapse)).await,
            Step::Trip => {
                self.model.trip(self.now);
                self.real.trip();
            }
            Step::HalfOpen => {
                self.model.half_open();
                self.real.half_open();
            }
            Step::ForceOpen => {
                self.model.force(Open);
                self.real.force_open();
            }
            Step::ForceClosed => {
                self.model.force(Closed);
                self.real.force_closed();
            }
            Step::Reset => {
                self.model.reset();
                self.real.reset();
            }
            Step::SetMode(mode) => {
                self.model.set_mode(mode);
                self.real.set_mode(mode);
            }
            Step::Look => prop_assert_eq!(shown(self.real), self.model.shown(self.now)),
        }
        prop_assert_eq!(self.real.state(), self.model.state());
        Ok(())
    }

    fn acquire(&mut self) -> Result<Option<(Permit<'b>, Admission)>, TestCaseError> {
        match (self.real.try_acquire(), self.model.try_acquire(self.now)) {
            (Ok(permit), Ok(admission)) => Ok(Some((permit, admission))),
            (Err(open), Err(retry_in)) => {
                prop_assert_eq!(open.retry_in(), retry_in);
                Ok(None)
            }
            (real, model) => {
                prop_assert!(false, "{:?} and not {:?}", real, model);
                Ok(None)
            }
        }
    }

    fn finish(&mut self, which: usize, ending: Ending) {
        let (permit, admission) = self.calls.swap_remove(which);
        match ending {
            Ending::Success => {
                self.model.settle(admission, Outcome::Success, self.now);
                permit.success();
            }
            Ending::Failure => {
                self.model.settle(admission, Outcome::Failure, self.now);
                permit.failure();
            }
            Ending::Kind(kind) => {
                self.model.settle(admission, outcome(kind), self.now);
                permit.record(&Err::<(), _>(Error::Kind(kind)));
            }
            Ending::Hinted(kind, hint) => {
                self.model.settle_with(admission, outcome(kind), hint, self.now);
                permit.record(&Err::<(), _>(Error::Hinted(kind, hint)));
            }
            Ending::Dropped => {
                self.model.abandon(admission, false, self.now);
                drop(permit);
            }
            Ending::Panics => {
                self.model.abandon(admission, true, self.now);
                quietly(|| {
                    let _permit = permit;
                    panic!("as it was told to");
                });
            }
        }
    }

    async fn advance(&mut self, by: Duration) {
        self.now += u64::try_from(by.as_nanos()).unwrap();
        advance(by).await;
    }

    fn length(&self, lapse: Lapse) -> Duration {
        let near = |length: Duration, offset: i8| match offset {
            -1 => length.saturating_sub(Duration::from_nanos(1)),
            0 => length,
            _ => length + Duration::from_nanos(1),
        };
        let window = match self.spec.criterion {
            Criterion::Time { window, .. } => window,
            _ => Duration::from_millis(3),
        };
        match lapse {
            Lapse::Nanos(nanos) => Duration::from_nanos(nanos),
            Lapse::Recovery(offset) => near(self.spec.recovery_timeout, offset),
            Lapse::Probe(offset) => near(self.spec.probe_timeout(), offset),
            Lapse::Slice(offset) => near(window / 10, offset),
            Lapse::Slow(offset) => near(
                self.spec.slow_call.map_or(Duration::from_millis(7), |(limit, _)| limit),
                offset,
            ),
            Lapse::Window => window,
            Lapse::Hint(offset) => {
                near(self.spec.respect_retry_after.unwrap_or(Duration::from_millis(20)), offset)
            }
            Lapse::RecoveryMax => self.spec.recovery_backoff.map_or(window, |(_, max)| max),
        }
    }
}

fn outcome(kind: FailureKind) -> Outcome {
    match kind {
        FailureKind::InvalidRequest => Outcome::Success,
        FailureKind::Bug | FailureKind::CircuitOpen => Outcome::Ignored,
        _ => Outcome::Failure,
    }
}

fn shown(breaker: &CircuitBreaker) -> Shown {
    let seen = breaker.snapshot();
    Shown {
        state: seen.state,
        mode: seen.mode,
        forced: seen.forced,
        calls: seen.calls,
        failures: seen.failures,
        slow_calls: seen.slow_calls,
        successes: seen.successes,
    }
}

/// Catches an expected panic without printing it.
fn quietly(act: impl FnOnce()) {
    thread_local!(static EXPECTED: Cell<bool> = const { Cell::new(false) });
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                others(info);
            }
        }));
    });
    EXPECTED.set(true);
    let caught = catch_unwind(AssertUnwindSafe(act));
    EXPECTED.set(false);
    assert!(caught.is_err());
}

/// Runs `cases` random cases, each with its own paused clock.
fn check<S, F>(cases: usize, strategy: &S, test: impl Fn(S::Value) -> F)
where
    S: Strategy,
    F: Future<Output = TestCaseResult>,
{
    let config = ProptestConfig {
        cases: u32::try_from(cases).unwrap(),
        max_shrink_iters: 20_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(strategy, |value| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(test(value))
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Returns the number of steps to run: the approximate total, and the minimum.
fn steps_asked() -> (usize, usize) {
    let asked = env::var("MODEL_STEPS").ok().map(|steps| steps.parse::<usize>().unwrap());
    // Histories differ in length, and a few of them may all be short.
    asked.map_or((400_000, 300_000), |all| (all, all / 2))
}

#[test]
fn every_answer_is_that_of_the_reference() {
    let (all, least) = steps_asked();
    let taken = Cell::new(0_usize);
    check(all / STEPS, &(spec(), vec(step(), 1..2 * STEPS)), |(spec, steps)| {
        let taken = &taken;
        async move {
            let real = breaker(&spec);
            let mut pair = Pair::new(&spec, &real);
            for step in steps {
                pair.take(step).await?;
                taken.set(taken.get() + 1);
            }
            pair.take(Step::Look).await
        }
    });
    assert!(taken.get() >= least, "only {} steps", taken.get());
    println!("{} steps", taken.get());
}

/// A breaker that is tied to the agent of a fleet but not coordinated. With the same history, every
/// result is that of the reference, and every event is that of a breaker without a tie. Meanwhile
/// the agent reads, shows registers and grants leases.
#[cfg(feature = "fleet")]
#[test]
fn a_tied_breaker_that_is_alone_is_as_before() {
    let (all, least) = steps_asked();
    let taken = Cell::new(0_usize);
    check(all / STEPS, &(spec(), vec(step(), 1..2 * STEPS)), |(spec, steps)| {
        let taken = &taken;
        async move {
            let (plain, linked) = (breaker(&spec), Arc::new(breaker(&spec)));
            tied::heard();
            let mut pair = Pair::new(&spec, &plain);
            for &step in &steps {
                pair.take(step).await?;
            }
            pair.take(Step::Look).await?;
            drop(pair);
            let events = tied::heard();

            let agent = tied::Agent::new(&linked);
            let mut pair = Pair::new(&spec, &linked);
            for (number, &step) in steps.iter().enumerate() {
                agent.meddle(number);
                pair.take(step).await?;
                taken.set(taken.get() + 1);
            }
            pair.take(Step::Look).await?;
            drop(pair);
            prop_assert_eq!(tied::heard(), events);
            prop_assert_eq!(agent.outcomes(), 0);
            Ok(())
        }
    });
    assert!(taken.get() >= least, "only {} steps", taken.get());
    println!("{} steps", taken.get());
}

/// An agent that never coordinates.
#[cfg(feature = "fleet")]
mod tied {
    use std::cell::RefCell;
    use std::sync::{Arc, Once};

    use retry_runtime::fleet::{self, Change, Lease, Source, Tied};
    use retry_runtime::{CircuitBreaker, observe};

    thread_local!(static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

    /// Returns the events of this thread since the last call.
    pub(super) fn heard() -> Vec<String> {
        static OBSERVER: Once = Once::new();
        OBSERVER.call_once(|| {
            let hear = |event: &observe::Event<'_>| {
                HEARD.with_borrow_mut(|heard| heard.push(event.to_string()));
            };
            observe::add_listener(hear).unwrap();
        });
        HEARD.take()
    }

    struct Silent;

    impl Source for Silent {
        fn wake(&self, _: &str) {}

        fn begins(&self, _: &str) -> Vec<Change> {
            Vec::new()
        }

        fn made(&self, _: Tied) {}

        fn evicted(&self, _: &str) {}
    }

    pub(super) struct Agent {
        tied: Tied,
        _source: Arc<dyn Source>,
    }

    impl Agent {
        pub(super) fn new(breaker: &Arc<CircuitBreaker>) -> Self {
            let source: Arc<dyn Source> = Arc::new(Silent);
            Self { tied: fleet::tie(breaker, &source).unwrap(), _source: source }
        }

        /// Makes a change that must have no effect without coordination.
        pub(super) fn meddle(&self, number: usize) {
            let now = fleet::now();
            let epoch = number as u64 / 20;
            let sequence = number as u64;
            let expires_at = now + 1_000_000_000;
            let change = match number % 20 {
                0 => Change::Open { epoch, until: now + 1_000_000_000, failed: 3 },
                3 => Change::Grant(Lease { sequence, epoch, expires_at, late: false }),
                5 => Change::Coordinate { until: now },
                8 => Change::Grant(Lease { sequence, epoch, expires_at, late: true }),
                11 => Change::Alone,
                13 => Change::Asked,
                15 => Change::Close { epoch, made_at: now },
                17 => {
                    assert!(!self.tied.look().coordinated);
                    return;
                }
                _ => return,
            };
            self.tied.change(change);
        }

        /// Returns the number of leased probes that have ended.
        pub(super) fn outcomes(&self) -> usize {
            self.tied.outcomes().len()
        }
    }
}

/// The end of a probe in [`half_open_ends_however_its_probes_do`].
#[derive(Debug, Clone, Copy)]
enum Probe {
    /// It never ends.
    Hangs,
    Ends(Ending),
}

#[test]
fn half_open_ends_however_its_probes_do() {
    let probe = prop_oneof![1 => Just(Probe::Hangs), 2 => ending().prop_map(Probe::Ends)];
    let events = vec((probe, 0..4_u8, any::<bool>()), 0..40);
    check(2_000, &(spec(), events, any::<bool>()), |(spec, events, recovers)| async move {
        let real = breaker(&spec);
        let (recovery, probe_timeout) = (spec.recovery_timeout, spec.probe_timeout());
        let (mut hung, mut late) = (Vec::new(), Vec::new());
        real.half_open();
        for (probe, quarters, comes_late) in events {
            if real.state() == HalfOpen
                && let Ok(permit) = real.try_acquire()
            {
                match probe {
                    Probe::Hangs => hung.push(permit),
                    Probe::Ends(ending) if comes_late => late.push((permit, ending)),
                    Probe::Ends(ending) => end(permit, ending),
                }
            } else if let Some((permit, ending)) = late.pop() {
                end(permit, ending);
            }
            advance(recovery / 4 * u32::from(quarters)).await;
        }
        if real.state() == Closed {
            return Ok(());
        }
        // A slot is free one `probe_timeout` after the last event, or one open phase later if that
        // event was a failure.
        let wait = match real.state() {
            Open => real.try_acquire().map_or_else(
                |open| open.retry_in().unwrap(),
                |next| {
                    late.push((next, Ending::Success));
                    Duration::ZERO
                },
            ),
            _ => probe_timeout,
        };
        let recovers_in = recovery.max(spec.respect_retry_after.unwrap_or_default());
        prop_assert!(wait <= recovers_in.max(probe_timeout) || spec.recovery_backoff.is_some());
        let next = if wait.is_zero() {
            Ok(late.pop().unwrap().0)
        } else {
            advance(wait).await;
            real.try_acquire()
        };
        prop_assert!(next.is_ok(), "no probe is let through");
        prop_assert_eq!(real.state(), HalfOpen);
        if recovers {
            let already = u32::try_from(real.snapshot().successes).unwrap();
            let mut probe = next.ok();
            for good in already..spec.success_threshold {
                prop_assert_eq!(real.state(), HalfOpen, "after {} good probes", good);
                let permit = match probe.take() {
                    Some(permit) => permit,
                    None => real.try_acquire().unwrap(),
                };
                permit.success();
            }
            prop_assert_eq!(real.state(), Closed);
        } else {
            next.unwrap().failure();
            prop_assert_eq!(real.state(), Open);
        }
        Ok(())
    });
}

fn end(permit: Permit<'_>, ending: Ending) {
    match ending {
        Ending::Success => permit.success(),
        Ending::Failure => permit.failure(),
        Ending::Kind(kind) => permit.record(&Err::<(), _>(Error::Kind(kind))),
        Ending::Hinted(kind, hint) => permit.record(&Err::<(), _>(Error::Hinted(kind, hint))),
        Ending::Dropped => drop(permit),
        Ending::Panics => quietly(|| {
            let _permit = permit;
            panic!("as it was told to");
        }),
    }
}
