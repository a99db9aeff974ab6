//! The state of breakers and retries as JSON.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, header};
use retry_runtime::FailureKind;
use retry_runtime::registry::{self, BudgetSnapshot, Snapshot};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::journal::{self, Contents, Entry, EntryKind, Operation, Transition};
use crate::token::Token;

pub(crate) async fn state(
    State(token): State<Option<Token>>,
) -> ([(HeaderName, &'static str); 1], String) {
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, to_json(token.is_some()).to_string())
}

fn to_json(control: bool) -> Value {
    let now = Instant::now();
    let journal = journal::contents(now);
    let breakers = registry::all();
    let operations = journal.operations.iter();
    json!({
        "version": 1,
        "control": control,
        "breakers": breakers.iter().map(|it| breaker(it, &journal)).collect::<Value>(),
        "budgets": registry::budgets().iter().map(budget).collect::<Value>(),
        "operations": operations.map(|(name, it)| operation(name, it, now)).collect::<Value>(),
        "transitions": journal.transitions.iter().map(|it| transition(it, now)).collect::<Value>(),
        "events": journal.entries.iter().map(|it| entry(it, now)).collect::<Value>(),
    })
}

fn breaker(it: &Snapshot, journal: &Contents) -> Value {
    json!({
        "name": it.name,
        "state": it.state.as_str(),
        "mode": it.mode.as_str(),
        "forced": it.forced,
        "calls": it.calls,
        "failures": it.failures,
        "slow_calls": it.slow_calls,
        "failure_threshold": it.failure_threshold,
        "failure_rate": it.failure_rate,
        "successes": it.successes,
        "success_threshold": it.success_threshold,
        // By its own clock, whose type depends on the features of the runtime.
        "in_state_seconds": it.since.map(|since| seconds(since.elapsed())),
        "retry_in_seconds": it.retry_in.map(seconds),
        "rejected": journal.rejections(&it.name),
    })
}

fn budget(it: &BudgetSnapshot) -> Value {
    json!({
        "name": it.name,
        "balance": it.balance,
        "burst": it.burst,
        "ratio": it.ratio,
        "min_per_second": it.min_per_second,
    })
}

fn operation(name: &str, it: &Operation, now: Instant) -> Value {
    let last = it.last.as_deref();
    json!({
        "name": name,
        "retries": it.retries,
        "retried_calls": it.retried_calls,
        "gave_up": it.gave_up,
        "gave_up_after_retries": it.gave_up_after_retries,
        "would_retry": it.would_retry,
        "last_kind": last.and_then(|last| last.kind).map(FailureKind::as_str),
        "last_error": last.and_then(|last| last.error.as_deref()),
        "last_seconds_ago": last.map(|last| ago(last.at, now)),
        "recent": it.spans,
    })
}

fn transition(it: &Transition, now: Instant) -> Value {
    let [calls, failures, slow_calls] = it.counts;
    json!({
        "sequence": it.sequence,
        "breaker": it.breaker,
        "from": it.from.as_str(),
        "to": it.to.as_str(),
        "calls": calls,
        "failures": failures,
        "slow_calls": slow_calls,
        "seconds_ago": ago(it.at, now),
    })
}

fn entry(it: &Entry, now: Instant) -> Value {
    let (event, delay, reason) = match it.what {
        EntryKind::RetryScheduled(delay) => ("retry_scheduled", Some(delay), None),
        EntryKind::WouldRetry(delay) => ("would_retry", Some(delay), None),
        EntryKind::GaveUp(reason) => ("gave_up", None, Some(reason.as_str())),
    };
    json!({
        "sequence": it.sequence,
        "event": event,
        "operation": it.operation,
        "attempt": it.attempt,
        "max_attempts": it.max_attempts,
        "kind": it.kind.map(FailureKind::as_str),
        "reason": reason,
        "delay_seconds": delay.map(seconds),
        "error": it.error,
        "seconds_ago": ago(it.at, now),
    })
}

fn ago(at: Instant, now: Instant) -> f64 {
    seconds(now.saturating_duration_since(at))
}

/// Returns the seconds, cut to milliseconds.
fn seconds(duration: Duration) -> f64 {
    Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}
