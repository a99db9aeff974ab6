//! A simple breaker: one lock and a list of calls, without any optimization.
//!
//! It defines the results that the real breaker must return. Time is a number of nanoseconds,
//! passed in by the test.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use retry_runtime::{CircuitState, Mode};

/// The settings of both breakers.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) criterion: Criterion,
    pub(crate) slow_call: Option<(Duration, f64)>,
    pub(crate) recovery_timeout: Duration,
    pub(crate) recovery_backoff: Option<(f64, Duration)>,
    pub(crate) respect_retry_after: Option<Duration>,
    pub(crate) success_threshold: u32,
    pub(crate) half_open_max_calls: u32,
    pub(crate) probe_timeout: Option<Duration>,
    pub(crate) abandoned_after: Option<Duration>,
}

impl Spec {
    /// Returns the time for which a probe keeps its slot.
    pub(crate) fn probe_timeout(&self) -> Duration {
        self.probe_timeout.unwrap_or(self.recovery_timeout.max(Duration::from_secs(60)))
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Criterion {
    Consecutive(u32),
    Calls { rate: f64, min_calls: u32, window: u32 },
    Time { rate: f64, min_calls: u32, window: Duration },
}

/// The outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Success,
    Failure,
    Ignored,
}

/// A permit of the reference.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admission {
    /// `None` if its outcome does not count.
    generation: Option<u64>,
    at: u64,
    slot: Option<(u64, usize)>,
}

/// The state that is visible from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) state: CircuitState,
    pub(crate) mode: Mode,
    pub(crate) forced: bool,
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) slow_calls: u64,
    pub(crate) successes: u64,
}

pub(crate) struct Reference(Mutex<Inner>);

struct Inner {
    spec: Spec,
    mode: Mode,
    state: CircuitState,
    forced: bool,
    /// Increases with every change, even to the same state.
    generation: u64,
    /// Closed: the calls that count, oldest first.
    history: VecDeque<Call>,
    /// Closed, without a window: consecutive failures.
    row: u64,
    /// Half-open: good probes.
    successes: u64,
    /// Half-open: the running probes.
    slots: Vec<Option<Lease>>,
    /// Open: the time of opening. `hint` is that of the error that opened it, or zero.
    opened_at: u64,
    hint: Duration,
    /// The recoveries that have failed since it tripped, and the number after the next failed
    /// probe.
    failed_recoveries: i32,
    next_failed_recoveries: i32,
    /// The time of the first recorded call in a window of time.
    origin: Option<u64>,
    leases: u64,
}

#[derive(Clone, Copy)]
struct Call {
    at: u64,
    failed: bool,
    slow: bool,
}

#[derive(Clone, Copy)]
struct Lease {
    id: u64,
    at: u64,
    manual: bool,
}

impl Reference {
    pub(crate) fn new(spec: Spec) -> Self {
        Self(Mutex::new(Inner {
            mode: Mode::Enforce,
            state: CircuitState::Closed,
            forced: false,
            generation: 0,
            history: VecDeque::new(),
            row: 0,
            successes: 0,
            slots: Vec::new(),
            opened_at: 0,
            hint: Duration::ZERO,
            failed_recoveries: 0,
            next_failed_recoveries: 0,
            origin: None,
            leases: 0,
            spec,
        }))
    }

    /// Returns an admission, or the time until the next probe, if that is known.
    pub(crate) fn try_acquire(&self, now: u64) -> Result<Admission, Option<Duration>> {
        self.with(|inner| inner.ask(now, false))
    }

    pub(crate) fn should_allow_request(&self, now: u64) -> bool {
        self.with(|inner| inner.ask(now, true).is_ok())
    }

    pub(crate) fn settle(&self, admission: Admission, outcome: Outcome, now: u64) {
        self.settle_with(admission, outcome, Duration::ZERO, now);
    }

    /// Settles a call with the hint of its error.
    pub(crate) fn settle_with(
        &self,
        admission: Admission,
        outcome: Outcome,
        hint: Duration,
        now: u64,
    ) {
        self.with(|inner| {
            let Some(generation) = admission.generation else { return };
            if generation == inner.generation {
                inner.judge(outcome, Some(admission.at), now);
                if generation != inner.generation && outcome == Outcome::Failure {
                    inner.hint = hint;
                }
            }
            inner.release(admission.slot);
        });
    }

    /// Settles a call whose permit is dropped.
    pub(crate) fn abandon(&self, admission: Admission, panicking: bool, now: u64) {
        let limit = self.with(|inner| inner.spec.abandoned_after);
        let ran = Duration::from_nanos(now - admission.at);
        let failed = panicking || limit.is_some_and(|limit| ran >= limit);
        let outcome = if failed { Outcome::Failure } else { Outcome::Ignored };
        self.settle(admission, outcome, now);
    }

    pub(crate) fn record(&self, outcome: Outcome, now: u64) {
        self.with(|inner| {
            let probing = inner.state == CircuitState::HalfOpen;
            let generation = inner.generation;
            inner.judge(outcome, None, now);
            if probing && (generation == inner.generation) {
                inner.release_manual(now);
            }
        });
    }

    pub(crate) fn trip(&self, now: u64) {
        self.with(|inner| {
            inner.enter(CircuitState::Open, false);
            inner.opened_at = now;
            inner.failed_recoveries = 0;
        });
    }

    pub(crate) fn half_open(&self) {
        self.with(|inner| {
            if inner.state != CircuitState::HalfOpen {
                let by_itself = inner.state == CircuitState::Open && !inner.forced;
                inner.next_failed_recoveries =
                    if by_itself { inner.failed_recoveries + 1 } else { 0 };
                inner.enter(CircuitState::HalfOpen, false);
            }
        });
    }

    pub(crate) fn force(&self, state: CircuitState) {
        self.with(|inner| inner.enter(state, true));
    }

    pub(crate) fn reset(&self) {
        self.with(|inner| inner.enter(CircuitState::Closed, false));
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.with(|inner| inner.mode = mode);
    }

    pub(crate) fn state(&self) -> CircuitState {
        self.with(|inner| inner.state)
    }

    pub(crate) fn shown(&self, now: u64) -> Shown {
        self.with(|inner| {
            let closed = inner.state == CircuitState::Closed;
            let counted = if closed { inner.counted(now) } else { (0, 0, 0) };
            Shown {
                state: inner.state,
                mode: inner.mode,
                forced: inner.forced,
                calls: counted.0,
                failures: counted.1,
                slow_calls: counted.2,
                successes: inner.successes,
            }
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }
}

impl Inner {
    fn ask(&mut self, now: u64, manual: bool) -> Result<Admission, Option<Duration>> {
        let neutral = Admission { generation: None, at: now, slot: None };
        if self.mode == Mode::Off || (self.forced && self.state == CircuitState::Closed) {
            return Ok(neutral);
        }
        let answer = self.answer(now, manual);
        if answer.is_err() && self.mode == Mode::Observe { Ok(neutral) } else { answer }
    }

    fn answer(&mut self, now: u64, manual: bool) -> Result<Admission, Option<Duration>> {
        if self.state == CircuitState::Open {
            if self.forced {
                return Err(None);
            }
            let until = self.opened_at + self.open_for();
            if now < until {
                return Err(Some(Duration::from_nanos(until - now)));
            }
            self.next_failed_recoveries = self.failed_recoveries + 1;
            self.enter(CircuitState::HalfOpen, false);
        }
        let slot = if self.state == CircuitState::HalfOpen {
            Some(self.claim(now, manual).ok_or(None)?)
        } else {
            None
        };
        Ok(Admission { generation: Some(self.generation), at: now, slot })
    }

    fn open_for(&self) -> u64 {
        let longest = self.spec.respect_retry_after.unwrap_or_default();
        self.open_without_hint_for().max(nanos(self.hint.min(longest)))
    }

    fn open_without_hint_for(&self) -> u64 {
        let first = nanos(self.spec.recovery_timeout);
        let Some((factor, max)) = self.spec.recovery_backoff else { return first };
        let max = nanos(max) as f64;
        let grown =
            (0..self.failed_recoveries).fold(first as f64, |last, _| (last * factor).min(max));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Below a year.
        let grown = grown as u64;
        grown
    }

    fn judge(&mut self, outcome: Outcome, began: Option<u64>, now: u64) {
        if outcome == Outcome::Ignored || self.forced || self.mode == Mode::Off {
            return;
        }
        let failed = outcome == Outcome::Failure;
        let took = began.map(|began| Duration::from_nanos(now - began));
        let slow =
            took.is_some_and(|took| self.spec.slow_call.is_some_and(|(limit, _)| took > limit));
        match self.state {
            CircuitState::Open => {}
            CircuitState::Closed => self.count(Call { at: now, failed, slow }, now),
            CircuitState::HalfOpen if failed || slow => {
                self.enter(CircuitState::Open, false);
                self.opened_at = now;
                self.failed_recoveries = self.next_failed_recoveries;
            }
            CircuitState::HalfOpen => {
                self.successes += 1;
                if self.successes == u64::from(self.spec.success_threshold) {
                    self.enter(CircuitState::Closed, false);
                }
            }
        }
    }

    fn count(&mut self, call: Call, now: u64) {
        let bad = call.failed || call.slow;
        let opens = match self.spec.criterion {
            Criterion::Consecutive(threshold) => {
                self.row = if bad { self.row + 1 } else { 0 };
                self.row >= u64::from(threshold)
            }
            Criterion::Calls { rate, min_calls, .. } | Criterion::Time { rate, min_calls, .. } => {
                self.origin.get_or_insert(now);
                self.history.push_back(call);
                let (calls, failures, slow) = self.counted(now);
                let share = |count: u64| count as f64 / calls as f64;
                let slow_rate = self.spec.slow_call.map(|(_, rate)| rate);
                calls >= u64::from(min_calls)
                    && (share(failures) >= rate
                        || slow_rate.is_some_and(|rate| share(slow) >= rate))
            }
        };
        if bad && opens {
            self.enter(CircuitState::Open, false);
            self.opened_at = now;
            self.failed_recoveries = 0;
        }
    }

    /// Returns the calls, failures and slow calls that count now.
    fn counted(&self, now: u64) -> (u64, u64, u64) {
        let slice_of =
            |at: u64, window: Duration| (at - self.origin.unwrap_or(at)) / (nanos(window) / 10);
        let in_window: Vec<&Call> = match self.spec.criterion {
            Criterion::Consecutive(_) => return (self.row, self.row, 0),
            Criterion::Calls { window, .. } => {
                self.history.iter().rev().take(window as usize).collect()
            }
            Criterion::Time { window, .. } => {
                let recent = |call: &&Call| slice_of(now, window) - slice_of(call.at, window) < 10;
                self.history.iter().filter(recent).collect()
            }
        };
        let count = |which: fn(&Call) -> bool| in_window.iter().filter(|call| which(call)).count();
        (count(|_| true) as u64, count(|call| call.failed) as u64, count(|call| call.slow) as u64)
    }

    fn enter(&mut self, state: CircuitState, forced: bool) {
        self.state = state;
        self.forced = forced;
        self.generation += 1;
        self.history.clear();
        self.row = 0;
        self.successes = 0;
        self.hint = Duration::ZERO;
        self.slots = vec![None; self.spec.half_open_max_calls as usize];
    }

    fn claim(&mut self, now: u64, manual: bool) -> Option<(u64, usize)> {
        let lasts = nanos(self.spec.probe_timeout());
        let free = |slot: &Option<Lease>| slot.is_none_or(|lease| now >= lease.at + lasts);
        let index = self.slots.iter().position(free)?;
        self.leases += 1;
        self.slots[index] = Some(Lease { id: self.leases, at: now, manual });
        Some((self.leases, index))
    }

    fn release(&mut self, slot: Option<(u64, usize)>) {
        let Some((id, index)) = slot else { return };
        if self.slots.get(index).is_some_and(|slot| slot.is_some_and(|lease| lease.id == id)) {
            self.slots[index] = None;
        }
    }

    fn release_manual(&mut self, now: u64) {
        let lasts = nanos(self.spec.probe_timeout());
        let held = |lease: Lease| lease.manual && now < lease.at + lasts;
        let manual = self.slots.iter_mut().filter(|slot| slot.is_some_and(held));
        if let Some(oldest) = manual.min_by_key(|slot| slot.map(|lease| lease.at)) {
            *oldest = None;
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap()
}
