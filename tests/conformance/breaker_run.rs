//! Breakers: the map from the actions and figures of other libraries to ours, and the comparison.
//!
//! | theirs | ours |
//! |---|---|
//! | `call`, `acquire` | `try_acquire` |
//! | `duration_ms` | only `advance` moves the clock, so a call that takes time is admitted before the preceding `advance` of the same length. Without such an `advance`, the call moves the clock |
//! | `success`, `failure` | `Permit::success`, `Permit::failure` |
//! | `ignored` | `Permit::record` of an error of the kind that the map of settings has for it |
//! | `panic` | a panic drops the permit |
//! | `dropped` | the permit is dropped |
//! | `release` | the permit is dropped; if that is a failure, it records a neutral error instead |
//! | `force: open`, `half_open` | `trip`, `half_open`, and `set_mode(Enforce)` |
//! | `force: closed`, `reset` | `reset`, and `set_mode(Enforce)` |
//! | `force: forced_open`, `isolated` | `force_open` |
//! | `force: disabled` | `force_closed` |
//! | `force: metrics_only` | `set_mode(Observe)`; out of a hold after `reset` |
//! | `force` with `for_ms` or `error` | none: the wait is a setting, and operators are never refused |
//! | state `forced_open`, `isolated`, `disabled`, `metrics_only` | held open, held open, held closed, `Mode::Observe` |
//! | `state_transition`, `opened`, `half_opened`, `closed` | `Event::Transition`: all, or by the new state |
//! | `buffered`, `failed`, `slow` | `calls`, `failures`, `slow_calls` of the snapshot; while open, those of the `Event::Transition` that opened it; while half-open, `buffered` is `successes`, because a failure reopens |
//! | `successful` | `calls` minus `failures` in a window; while half-open, `successes` |
//! | `failure_rate`, `slow_rate` | a percentage of `calls`; −1 below `min_calls` and while half-open |
//! | `not_permitted` | `Event::Rejected` since the last transition |
//! | `retry_after_ms` | `retry_in` of the last `CircuitOpen` |
//! | `fail_counter` | `failures` in a row; while open, those of the `Event::Transition` |
//! | `consecutive_failures`, `success_counter` | `failures` in a row; `successes` while half-open |
//! | `requests`, `successes`, `failures`, `excluded`, `consecutive_successes` | none: the breaker counts only what its criterion needs |

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use retry_utils::observe::Event;
use retry_utils::{CircuitOpen, CircuitState, FailureKind, Mode, Permit, Retryable};
use serde_json::{Map, Value};

use super::breaker::{Mapped, map};
use super::data::Scenario;
use super::fields::{Failure, Fields, typed};

/// An event of a breaker.
#[derive(Clone, Copy)]
enum Heard {
    To { state: CircuitState, counted: Counted },
    Rejected,
}

/// The counts behind a change of state, or since then.
#[derive(Clone, Copy, Default)]
struct Counted {
    calls: u64,
    failures: u64,
    slow: u64,
}

thread_local! {
    /// The events by the name of the breaker. The scenarios run on one thread.
    static HEARD: RefCell<BTreeMap<String, Vec<Heard>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The listener of this process.
pub(crate) fn hear(event: &Event<'_>) {
    let (breaker, heard) = match *event {
        Event::Transition { breaker, to, calls, failures, slow_calls, .. } => {
            let counted = Counted { calls, failures, slow: slow_calls };
            (breaker, Heard::To { state: to, counted })
        }
        Event::Rejected { breaker, .. } => (breaker, Heard::Rejected),
        _ => return,
    };
    HEARD.with_borrow_mut(|all| all.entry(breaker.to_owned()).or_default().push(heard));
}

/// The end of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Success,
    Failure,
    Ignored,
    Panic,
    Dropped,
}

enum Op {
    Call { admitted: bool, ending: Option<Ending>, duration: Duration },
    Acquire { admitted: bool, id: Option<String> },
    Finish { id: String, ending: Ending },
    Release { id: String },
    Advance(Duration),
    State(String),
    Metrics(Map<String, Value>),
    Events(Map<String, Value>),
    Force(String),
    Reset,
}

impl Op {
    fn read(step: usize, value: &Value) -> Result<Self, Failure> {
        Fields::read(value, &format!("step {step}"), |fields| {
            let name: String = fields.need("op")?;
            Ok(match name.as_str() {
                "call" => {
                    let admitted = fields.need("admitted")?;
                    let ending = ending(fields)?;
                    if admitted != ending.is_some() {
                        return Err(Failure::Malformed(format!(
                            "{}: must be present if the call is admitted, and only then",
                            fields.place("result")
                        )));
                    }
                    let duration = fields.get("duration_ms")?.unwrap_or_default();
                    Self::Call { admitted, ending, duration }
                }
                "acquire" => {
                    let admitted = fields.need("admitted")?;
                    let id = if admitted { Some(fields.need("id")?) } else { fields.get("id")? };
                    Self::Acquire { admitted, id }
                }
                "finish" => Self::Finish {
                    id: fields.need("id")?,
                    ending: ending(fields)?.ok_or_else(|| fields.missing("result"))?,
                },
                "release" => Self::Release { id: fields.need("id")? },
                "advance" => Self::Advance(Duration::from_nanos(fields.need("ns")?)),
                "state" => Self::State(fields.need("is")?),
                "metrics" => Self::Metrics(fields.need("is")?),
                "events" => Self::Events(fields.need("is")?),
                "force" => {
                    fields.no_knob("for_ms", "the duration of the open phase is a setting")?;
                    fields.no_knob("error", "operators are never refused")?;
                    Self::Force(fields.need("to")?)
                }
                "reset" => Self::Reset,
                _ => return fields.unknown("op", name),
            })
        })
    }
}

fn ending(fields: &Fields<'_>) -> Result<Option<Ending>, Failure> {
    let Some(name) = fields.get::<String>("result")? else { return Ok(None) };
    Ok(Some(match name.as_str() {
        "success" => Ending::Success,
        "failure" => Ending::Failure,
        "ignored" => Ending::Ignored,
        "panic" => Ending::Panic,
        "dropped" => Ending::Dropped,
        _ => return fields.unknown("result", name),
    }))
}

pub(crate) async fn run(scenario: &Scenario) -> Result<(), Failure> {
    let ops = (1..).zip(&scenario.steps).map(|(step, value)| Op::read(step, value));
    let ops: Vec<Op> = ops.collect::<Result<_, _>>()?;
    let last: String = Fields::read(&scenario.expect, "expect", |expect| expect.need("state"))?;
    // The name of a breaker is static.
    let name: &'static str = scenario.id.clone().leak();
    let mapped = map(&scenario.config, name)?;
    let mut run = Run { name, mapped: &mapped, flying: BTreeMap::new(), began: None, open: None };
    for (index, op) in ops.iter().enumerate() {
        run.step(index + 1, op, ops.get(index + 1)).await?;
    }
    run.compare_state(None, &last)
}

struct Run<'m> {
    name: &'static str,
    mapped: &'m Mapped,
    /// The calls in flight.
    flying: BTreeMap<String, Permit<'m>>,
    /// The result of admitting the next call before the preceding `advance`.
    began: Option<Result<Permit<'m>, CircuitOpen>>,
    /// The last rejection.
    open: Option<CircuitOpen>,
}

impl Run<'_> {
    async fn step(&mut self, step: usize, op: &Op, next: Option<&Op>) -> Result<(), Failure> {
        match op {
            Op::Advance(by) => {
                if let Some(Op::Call { duration, .. }) = next
                    && duration == by
                    && !by.is_zero()
                {
                    self.began = Some(self.mapped.breaker.try_acquire());
                }
                tokio::time::advance(*by).await;
                Ok(())
            }
            Op::Call { admitted, ending, duration } => {
                let asked = if let Some(asked) = self.began.take() {
                    asked
                } else {
                    let asked = self.mapped.breaker.try_acquire();
                    if !duration.is_zero() {
                        tokio::time::advance(*duration).await;
                    }
                    asked
                };
                let permit = self.admitted(step, *admitted, asked)?;
                if let (Some(permit), Some(ending)) = (permit, ending) {
                    self.end(permit, *ending);
                }
                Ok(())
            }
            Op::Acquire { admitted, id } => {
                let permit = self.admitted(step, *admitted, self.mapped.breaker.try_acquire())?;
                if let (Some(permit), Some(id)) = (permit, id)
                    && self.flying.insert(id.clone(), permit).is_some()
                {
                    return malformed(step, &format!("{id:?} is in flight already"));
                }
                Ok(())
            }
            Op::Finish { id, ending } => {
                let permit = self.landed(step, id)?;
                self.end(permit, *ending);
                Ok(())
            }
            Op::Release { id } => {
                let permit = self.landed(step, id)?;
                if self.mapped.dropped_fails {
                    permit.record(&failed(FailureKind::Bug));
                }
                Ok(())
            }
            Op::State(is) => self.compare_state(Some(step), is),
            Op::Metrics(is) => self.compare_each(step, is, Self::metric),
            Op::Events(is) => self.compare_each(step, is, Self::event),
            Op::Force(to) => self.force(step, to),
            Op::Reset => {
                self.let_go();
                Ok(())
            }
        }
    }
}

impl<'m> Run<'m> {
    /// Returns the permit, if the scenario expects one.
    fn admitted(
        &mut self,
        step: usize,
        expected: bool,
        asked: Result<Permit<'m>, CircuitOpen>,
    ) -> Result<Option<Permit<'m>>, Failure> {
        let found = asked.is_ok();
        let permit = match asked {
            Ok(permit) => Some(permit),
            Err(open) => {
                self.open = Some(open);
                None
            }
        };
        Failure::unless_equal(Some(step), "admitted", &expected, &found)?;
        Ok(permit)
    }

    /// Takes the permit of a call in flight.
    fn landed(&mut self, step: usize, id: &str) -> Result<Permit<'m>, Failure> {
        match self.flying.remove(id) {
            Some(permit) => Ok(permit),
            None => malformed(step, &format!("{id:?} is not in flight")),
        }
    }

    fn end(&self, permit: Permit<'_>, ending: Ending) {
        match ending {
            Ending::Success => permit.success(),
            Ending::Failure => permit.failure(),
            Ending::Ignored => permit.record(&failed(self.mapped.ignored)),
            Ending::Dropped => drop(permit),
            Ending::Panic => {
                let call = AssertUnwindSafe(move || {
                    let _permit = permit;
                    panic!("the call panics");
                });
                let _ = catch_unwind(call);
            }
        }
    }

    fn force(&self, step: usize, to: &str) -> Result<(), Failure> {
        let breaker = &self.mapped.breaker;
        let shown = breaker.snapshot();
        match to {
            "open" | "half_open" => {
                breaker.set_mode(Mode::Enforce);
                if to == "open" { breaker.trip() } else { breaker.half_open() }
            }
            "closed" => self.let_go(),
            "forced_open" | "isolated" => breaker.force_open(),
            "disabled" => breaker.force_closed(),
            "metrics_only" => {
                if shown.forced {
                    breaker.reset();
                }
                breaker.set_mode(Mode::Observe);
            }
            _ => {
                return Failure::inexpressible(format!("step {step}: unknown state {to:?}"));
            }
        }
        Ok(())
    }

    fn let_go(&self) {
        self.mapped.breaker.set_mode(Mode::Enforce);
        self.mapped.breaker.reset();
    }

    fn compare_state(&self, step: Option<usize>, expected: &str) -> Result<(), Failure> {
        let shown = self.mapped.breaker.snapshot();
        let found = match (shown.mode, shown.forced, shown.state) {
            (Mode::Observe, ..) => "metrics_only",
            (_, true, CircuitState::Open) => "forced_open",
            (_, true, CircuitState::Closed) => "disabled",
            (_, _, CircuitState::Closed) => "closed",
            (_, _, CircuitState::Open) => "open",
            (_, _, CircuitState::HalfOpen) => "half_open",
        };
        let expected = if expected == "isolated" { "forced_open" } else { expected };
        Failure::unless_equal(step, "state", &expected, &found)
    }

    /// Compares each number of a step.
    fn compare_each(
        &self,
        step: usize,
        is: &Map<String, Value>,
        find: impl Fn(&Self, &str) -> Option<f64>,
    ) -> Result<(), Failure> {
        for (key, value) in is {
            let expected: f64 = typed(value, &format!("step {step}.is.{key}"))?;
            let Some(found) = find(self, key) else {
                return Failure::inexpressible(format!(
                    "step {step}: there is no figure for {key:?}"
                ));
            };
            Failure::unless_equal(Some(step), key, &expected, &found)?;
        }
        Ok(())
    }

    fn metric(&self, key: &str) -> Option<f64> {
        let shown = self.mapped.breaker.snapshot();
        let half_open = shown.state == CircuitState::HalfOpen;
        let windowed = self.mapped.min_calls;
        let counted = if shown.state == CircuitState::Open && !shown.forced {
            self.opened_by()
        } else {
            Counted { calls: shown.calls, failures: shown.failures, slow: shown.slow_calls }
        };
        let percent = |part: u64| match windowed {
            Some(min_calls) if !half_open && counted.calls >= u64::from(min_calls) => {
                Some(number(part) * 100.0 / number(counted.calls))
            }
            Some(_) => Some(-1.0),
            None => None,
        };
        let count = match key {
            "failure_rate" => return percent(counted.failures),
            "slow_rate" => return percent(counted.slow),
            "retry_after_ms" => {
                let retry_in = self.open.as_ref()?.retry_in()?;
                return Some(retry_in.as_secs_f64() * 1000.0);
            }
            "not_permitted" => self.rejections(),
            "buffered" | "successful" if half_open => shown.successes,
            "buffered" if windowed.is_some() => counted.calls,
            "successful" if windowed.is_some() => counted.calls - counted.failures,
            "failed" => counted.failures,
            "slow" => counted.slow,
            "fail_counter" if windowed.is_none() => counted.failures,
            "consecutive_failures" if windowed.is_none() => shown.failures,
            "success_counter" => shown.successes,
            _ => return None,
        };
        Some(number(count))
    }

    /// Returns the counts of the last transition.
    fn opened_by(&self) -> Counted {
        let counted = |heard: &Heard| match heard {
            Heard::To { counted, .. } => Some(*counted),
            Heard::Rejected => None,
        };
        self.heard(|heard| heard.iter().rev().find_map(counted)).unwrap_or_default()
    }

    /// Returns the number of rejections since the last transition.
    fn rejections(&self) -> u64 {
        let rejected = |heard: &&Heard| matches!(heard, Heard::Rejected);
        self.heard(|heard| heard.iter().rev().take_while(rejected).count() as u64)
    }

    fn event(&self, key: &str) -> Option<f64> {
        let wanted = |to: CircuitState| match key {
            "state_transition" => Some(true),
            "opened" => Some(to == CircuitState::Open),
            "half_opened" => Some(to == CircuitState::HalfOpen),
            "closed" => Some(to == CircuitState::Closed),
            _ => None,
        };
        wanted(CircuitState::Closed)?;
        let counts = |heard: &&Heard| match heard {
            Heard::To { state, .. } => wanted(*state) == Some(true),
            Heard::Rejected => false,
        };
        Some(number(self.heard(|heard| heard.iter().filter(counts).count() as u64)))
    }

    fn heard<T>(&self, look: impl FnOnce(&[Heard]) -> T) -> T {
        HEARD.with_borrow(|all| look(all.get(self.name).map_or(&[], Vec::as_slice)))
    }
}

/// Returns the result of a call that failed with this kind.
fn failed(kind: FailureKind) -> Result<(), Failed> {
    Err(Failed(kind))
}

struct Failed(FailureKind);

impl Retryable for Failed {
    fn failure_kind(&self) -> FailureKind {
        self.0
    }
}

#[allow(clippy::cast_precision_loss)] // The number is far below 2^53.
fn number(count: u64) -> f64 {
    count as f64
}

fn malformed<T>(step: usize, what: &str) -> Result<T, Failure> {
    Err(Failure::Malformed(format!("step {step}: {what}")))
}
