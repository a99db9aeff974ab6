//! Retry sequences: the map from the retry policies of other libraries to ours, and the comparison
//! of how retry sequences run.
//!
//! | theirs | ours |
//! |---|---|
//! | `max_attempts: n` | `max_attempts(n)` |
//! | `max_retries: n` | `max_attempts(n + 1)` |
//! | `service_max_attempts`, `client_cap` | `max_attempts` of the smaller one; a cap of 0 or less is gRPC's default of 5 |
//! | `delay` | as in the map of delays; absent: no wait |
//! | `delay_hook_ms` | `retry_after`, one hint per failed attempt; null or negative is no hint. A value cannot have one |
//! | `pushback_ms` | `retry_after`: a single header with a number is the hint; a negative, unreadable or repeated one is `Duration::MAX`, which ends the retry sequence |
//! | `pushback_ms_after_attempt` | `retry_after` on the error of that attempt |
//! | `inner_breaker: count_of_last k of n` | a breaker inside the attempts with `failure_rate(k / n, n, Window::calls(n))`, and `retry_if` that is always true |
//! | `cancel: before` | the future is dropped before it is polled |
//! | `fail`, `fatal` | an error of kind `Unavailable`, of kind `InvalidRequest` |
//! | `bad_result` | a value that `retry_if_ok` retries |
//! | `calls`, `attempts` | the runs of the operation; the attempts, including those that the breaker rejected |
//! | `slept_ms`, `delays_ms`, `delay_bounds_ms` | the time between attempts on the paused clock |
//! | `result` | `ok`, `last_value`, `last_error`: the value or error of the last call itself. `breaker_open_error`: `CircuitOpen` |
//! | `dropped_results_released` | values that were dropped before the retry sequence returned |
//! | `breaker: executions, failures` | permits of the inner breaker, and failures recorded with them |

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use retry_utils::{
    CircuitBreaker, CircuitOpen, FailureKind, Jitter, RetryConfig, Retryable, TimedOut,
};
use tokio::time::Instant;

use super::backoff::{self, checked};
use super::breaker;
use super::data::Scenario;
use super::fields::{Failure, Fields, typed};

/// The result of a call in the script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scripted {
    Ok,
    Fail,
    Fatal,
    BadResult,
}

/// A value with the number of its call. Its drop is counted.
struct Answer {
    call: usize,
    good: bool,
    dropped: Rc<Cell<u32>>,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.dropped.set(self.dropped.get() + 1);
    }
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("call {call} failed: {kind}")]
    Call { call: usize, kind: FailureKind, hint: Option<Duration> },
    #[error(transparent)]
    Open(#[from] CircuitOpen),
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

impl Retryable for Failed {
    fn failure_kind(&self) -> FailureKind {
        match self {
            Self::Call { kind, .. } => *kind,
            Self::Open(inner) => inner.failure_kind(),
            Self::TimedOut(inner) => inner.failure_kind(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Call { hint, .. } => *hint,
            _ => None,
        }
    }
}

/// Our counterpart of their policy.
struct Setting {
    policy: RetryConfig,
    /// The hints by failed attempt, from 1.
    hints: BTreeMap<usize, Duration>,
    /// The hint for all other failed attempts.
    hint: Option<Duration>,
    inner: Option<CircuitBreaker>,
    cancelled: bool,
}

impl Setting {
    fn read(scenario: &Scenario) -> Result<Self, Failure> {
        Fields::read(&scenario.config, "config", |config| {
            let policy = match config.nested("delay", backoff::policy)? {
                Some(policy) => policy,
                None => RetryConfig::new().base_delay(Duration::ZERO).jitter(Jitter::None),
            };
            let mut hints = after_attempt(config)?;
            for (attempt, hint) in
                (1..).zip(config.get::<Vec<Hooked>>("delay_hook_ms")?.unwrap_or_default())
            {
                if let Some(hint) = hint.0 {
                    if scenario.steps.get(attempt - 1).is_some_and(|step| step == "bad_result") {
                        return Failure::inexpressible(
                            "config.delay_hook_ms: a delay for a value: only an error can have a hint",
                        );
                    }
                    hints.insert(attempt, hint);
                }
            }
            Ok(Self {
                policy: checked(policy.max_attempts(max_attempts(config)?))?,
                hints,
                hint: config.get::<Vec<String>>("pushback_ms")?.map(|headers| pushback(&headers)),
                inner: config.nested("inner_breaker", |inner| breaker::tripping(inner, "inner"))?,
                cancelled: match config.get::<String>("cancel")?.as_deref() {
                    None => false,
                    Some("before") => true,
                    Some(other) => return config.unknown("cancel", other),
                },
            })
        })
    }
}

fn max_attempts(config: &Fields<'_>) -> Result<u32, Failure> {
    const GRPC_CAP: u32 = 5;
    let attempts: Option<u32> = config.get("max_attempts")?;
    let retries: Option<u32> = config.get("max_retries")?;
    let service: Option<u32> = config.get("service_max_attempts")?;
    let cap: Option<i64> = config.get("client_cap")?;
    match (attempts, retries, service, cap) {
        (Some(attempts), None, None, None) => Ok(attempts),
        (None, Some(retries), None, None) => Ok(retries.saturating_add(1)),
        (None, None, Some(service), Some(cap)) => Ok(match u32::try_from(cap) {
            Ok(cap) if cap > 0 => service.min(cap),
            _ => service.min(GRPC_CAP),
        }),
        _ => Err(Failure::Malformed(
            "config: must have one of max_attempts, max_retries, and service_max_attempts with client_cap"
                .to_owned(),
        )),
    }
}

/// The result of a hook for the delay. A negative delay is none.
struct Hooked(Option<Duration>);

impl super::fields::Json for Hooked {
    const WHAT: &'static str = "a number of milliseconds, or null";
    fn from_json(value: &serde_json::Value) -> Option<Self> {
        if value.is_null() {
            return Some(Self(None));
        }
        Some(Self(Duration::try_from_secs_f64(value.as_f64()? / 1000.0).ok()))
    }
}

fn after_attempt(config: &Fields<'_>) -> Result<BTreeMap<usize, Duration>, Failure> {
    let key = "pushback_ms_after_attempt";
    let given: serde_json::Map<String, serde_json::Value> = config.get(key)?.unwrap_or_default();
    given
        .iter()
        .map(|(attempt, hint)| {
            let place = format!("{}.{attempt}", config.place(key));
            let attempt = attempt.parse().map_err(|_| {
                Failure::Malformed(format!("{place}: must be the number of an attempt"))
            })?;
            Ok((attempt, typed(hint, &place)?))
        })
        .collect()
}

fn pushback(headers: &[String]) -> Duration {
    match headers {
        [one] => one.parse().map_or(Duration::MAX, Duration::from_millis),
        _ => Duration::MAX,
    }
}

/// The events of a retry sequence.
#[derive(Default)]
struct Log {
    calls: usize,
    executions: u32,
    failures: u32,
    /// The start of each attempt. An attempt takes no time.
    began: Vec<Instant>,
}

pub(crate) async fn run(scenario: &Scenario) -> Result<(), Failure> {
    let script = script(scenario)?;
    let expected = Expected::read(scenario)?;
    let setting = Setting::read(scenario)?;
    let log = RefCell::new(Log::default());
    let dropped = Rc::new(Cell::new(0));
    // The log is written in the async block, so that an attempt counts only if it is polled.
    let attempt = || async {
        log.borrow_mut().began.push(Instant::now());
        let permit = match &setting.inner {
            Some(breaker) => {
                let permit = breaker.try_acquire()?;
                log.borrow_mut().executions += 1;
                Some(permit)
            }
            None => None,
        };
        log.borrow_mut().calls += 1;
        let call = log.borrow().calls;
        let outcome = outcome(&setting, &script, call, &dropped);
        if let Some(permit) = permit {
            if outcome.is_err() {
                log.borrow_mut().failures += 1;
            }
            permit.record(&outcome);
        }
        outcome
    };
    let began = Instant::now();
    let series = setting.policy.run(attempt).name("conformance");
    let series = series.retry_if_ok(|answer: &Answer| !answer.good);
    let result = if setting.cancelled {
        drop(series);
        None
    } else if setting.inner.is_some() {
        Some(series.retry_if(|_| true).await)
    } else {
        Some(series.await)
    };
    let slept = began.elapsed();
    let released = dropped.get();
    expected.compare(&log.borrow(), slept, released, result.as_ref(), script.len())
}

fn script(scenario: &Scenario) -> Result<Vec<Scripted>, Failure> {
    (1..)
        .zip(&scenario.steps)
        .map(|(step, value)| {
            let place = format!("step {step}");
            match typed::<String>(value, &place)?.as_str() {
                "ok" => Ok(Scripted::Ok),
                "fail" => Ok(Scripted::Fail),
                "fatal" => Ok(Scripted::Fatal),
                "bad_result" => Ok(Scripted::BadResult),
                other => Failure::inexpressible(format!("{place}: unknown result {other:?}")),
            }
        })
        .collect()
}

fn outcome(
    setting: &Setting,
    script: &[Scripted],
    call: usize,
    dropped: &Rc<Cell<u32>>,
) -> Result<Answer, Failed> {
    let failed = |kind| {
        let hint = setting.hints.get(&call).copied().or(setting.hint);
        Err(Failed::Call { call, kind, hint })
    };
    let answer = |good| Ok(Answer { call, good, dropped: Rc::clone(dropped) });
    match script.get(call - 1) {
        Some(Scripted::Ok) => answer(true),
        Some(Scripted::BadResult) => answer(false),
        Some(Scripted::Fail) => failed(FailureKind::Unavailable),
        Some(Scripted::Fatal) => failed(FailureKind::InvalidRequest),
        // The script has ended, so this call is one too many. The comparison reports that.
        None => failed(FailureKind::Bug),
    }
}

struct Expected {
    calls: usize,
    result: String,
    slept: Option<Duration>,
    delays: Option<Vec<[Duration; 2]>>,
    attempts: Option<usize>,
    released: Option<u32>,
    breaker: Option<(u32, u32)>,
}

impl Expected {
    fn read(scenario: &Scenario) -> Result<Self, Failure> {
        Fields::read(&scenario.expect, "expect", |expect| {
            let exact: Option<Vec<Duration>> = expect.get("delays_ms")?;
            let bounds: Option<Vec<[Duration; 2]>> = expect.get("delay_bounds_ms")?;
            Ok(Self {
                calls: expect.need::<u32>("calls")? as usize,
                result: expect.need("result")?,
                slept: expect.get("slept_ms")?,
                delays: match (exact, bounds) {
                    (Some(_), Some(_)) => {
                        return Err(Failure::Malformed(
                            "expect: must not have both delays_ms and delay_bounds_ms".to_owned(),
                        ));
                    }
                    (Some(exact), None) => {
                        Some(exact.into_iter().map(|delay| [delay; 2]).collect())
                    }
                    (None, bounds) => bounds,
                },
                attempts: expect.get::<u32>("attempts")?.map(|attempts| attempts as usize),
                released: expect.get("dropped_results_released")?,
                breaker: expect.nested("breaker", |breaker| {
                    Ok((breaker.need("executions")?, breaker.need("failures")?))
                })?,
            })
        })
    }

    fn compare(
        &self,
        log: &Log,
        slept: Duration,
        released: u32,
        result: Option<&Result<Answer, Failed>>,
        scripted: usize,
    ) -> Result<(), Failure> {
        // The step is the last call in the script that ran.
        let step = (log.calls != self.calls && log.calls > 0).then(|| log.calls.min(scripted));
        Failure::unless_equal(step, "calls", &self.calls, &log.calls)?;
        let end = None;
        let result = match result {
            None => "cancelled".to_owned(),
            Some(Ok(answer)) if answer.call != log.calls => format!("value {}", answer.call),
            Some(Ok(Answer { good: true, .. })) => "ok".to_owned(),
            Some(Ok(_)) => "last_value".to_owned(),
            Some(Err(Failed::Call { call, .. })) if *call == log.calls => "last_error".to_owned(),
            Some(Err(Failed::Open(_))) => "breaker_open_error".to_owned(),
            Some(Err(other)) => other.to_string(),
        };
        Failure::unless_equal(end, "result", &self.result, &result)?;
        if let Some(expected) = &self.slept {
            Failure::unless_equal(end, "slept", expected, &slept)?;
        }
        if let Some(expected) = &self.delays {
            let gaps = log.began.windows(2).map(|pair| pair[1] - pair[0]);
            let found: Vec<Duration> = gaps.collect();
            Failure::unless_equal(end, "waits", &expected.len(), &found.len())?;
            for (number, (&[least, most], delay)) in (1..).zip(expected.iter().zip(found)) {
                if delay < least || delay > most {
                    return Err(Failure::Differs {
                        step: Some(number),
                        expected: format!("wait {number} of {least:?} to {most:?}"),
                        found: format!("{delay:?}"),
                    });
                }
            }
        }
        if let Some(expected) = &self.attempts {
            Failure::unless_equal(end, "attempts", expected, &log.began.len())?;
        }
        if let Some(expected) = &self.released {
            Failure::unless_equal(end, "values released", expected, &released)?;
        }
        if let Some(expected) = &self.breaker {
            let found = (log.executions, log.failures);
            Failure::unless_equal(end, "executions and failures", expected, &found)?;
        }
        Ok(())
    }
}
