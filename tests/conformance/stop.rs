//! Stop rules: the map from the stop rules of other libraries to ours.
//!
//! In each row, attempt number `attempt` fails when `elapsed_ms` have passed since the start of the
//! first, and a wait of `upcoming_ms` would follow. The row has the answer whether the retry
//! sequence ends there. To find ours, a retry sequence runs in which the last attempt takes all
//! the time. Earlier attempts and waits take none.
//!
//! | theirs | ours |
//! |---|---|
//! | `max_attempts: n` | `max_attempts(n)` |
//! | `before_elapsed_ms` (the wait counts) | `total_timeout` |
//! | `after_elapsed_ms` (the wait does not count) | no setting |
//! | `any` of some | all of them, each with its setting |
//! | `all` of some | no setting |

use std::cell::Cell;
use std::time::Duration;

use retry_utils::{FailureKind, Jitter, RetryConfig, Retryable, TimedOut};
use serde_json::Value;

use super::data::Scenario;
use super::fields::{Failure, Fields};

#[derive(Debug, thiserror::Error)]
enum Failed {
    /// A failed attempt, with the hint that sets the next wait.
    #[error("failed")]
    Attempt(Duration),
    #[error(transparent)]
    TimedOut(#[from] TimedOut),
}

impl Retryable for Failed {
    fn failure_kind(&self) -> FailureKind {
        FailureKind::Unavailable
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Attempt(wait) => Some(*wait),
            Self::TimedOut(_) => None,
        }
    }
}

#[derive(Default)]
struct Rule {
    max_attempts: Option<u32>,
    total_timeout: Option<Duration>,
}

impl Rule {
    fn read(value: &Value, place: &str) -> Result<Self, Failure> {
        Fields::read(value, place, |rule| {
            rule.no_knob("after_elapsed_ms", "a deadline includes the next wait")?;
            rule.no_knob("all", "each limit applies independently")?;
            let any: Vec<Value> = rule.get("any")?.unwrap_or_default();
            let mut read = Self {
                max_attempts: rule.get("max_attempts")?,
                total_timeout: rule.get("before_elapsed_ms")?,
            };
            for other in &any {
                let other = Self::read(other, place)?;
                read.max_attempts = read.max_attempts.into_iter().chain(other.max_attempts).min();
                read.total_timeout =
                    read.total_timeout.into_iter().chain(other.total_timeout).min();
            }
            Ok(read)
        })
    }
}

pub(crate) async fn run(scenario: &Scenario) -> Result<(), Failure> {
    Fields::read(&scenario.config, "config", |_| Ok(()))?;
    Fields::read(&scenario.expect, "expect", |_| Ok(()))?;
    for (step, value) in (1..).zip(&scenario.steps) {
        let place = format!("step {step}");
        let (rule, attempt, elapsed, upcoming, stop) = Fields::read(value, &place, |row| {
            let rule = row.value("rule").ok_or_else(|| row.missing("rule"))?;
            Ok((
                Rule::read(rule, &row.place("rule"))?,
                row.need::<u32>("attempt")?,
                row.need::<Duration>("elapsed_ms")?,
                row.get::<Duration>("upcoming_ms")?.unwrap_or_default(),
                row.need::<bool>("stop")?,
            ))
        })?;
        let found = stops(&rule, attempt, elapsed, upcoming).await;
        Failure::unless_equal(Some(step), "stop", &stop, &found)?;
    }
    Ok(())
}

async fn stops(rule: &Rule, attempt: u32, elapsed: Duration, upcoming: Duration) -> bool {
    let policy = RetryConfig::new()
        .max_attempts(rule.max_attempts.unwrap_or(u32::MAX))
        .base_delay(Duration::ZERO)
        .max_retry_after(Duration::MAX)
        .jitter(Jitter::None);
    let calls = Cell::new(0);
    let operation = || async {
        calls.set(calls.get() + 1);
        if calls.get() < attempt {
            return Err(Failed::Attempt(Duration::ZERO));
        }
        if calls.get() > attempt {
            return Ok(());
        }
        // A total timeout during this attempt ends the retry sequence too.
        tokio::time::sleep(elapsed).await;
        Err(Failed::Attempt(upcoming))
    };
    let series = policy.run(operation).name("conformance");
    let result = match rule.total_timeout {
        Some(limit) => series.total_timeout(limit).await,
        None => series.await,
    };
    result.is_err()
}
