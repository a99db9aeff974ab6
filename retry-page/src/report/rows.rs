//! The rows of the lists.

use retry_runtime::FailureKind;
use retry_runtime::registry::{BudgetSnapshot, Snapshot};
use serde::Serialize;
use tokio::time::Instant;

use super::order::nearness;
use crate::journal::{Contents, Control, Entry, EntryKind, Operation, SPANS, Transition};
use crate::list::seconds;

#[derive(Serialize)]
pub(super) struct BreakerRow<'a> {
    name: &'a str,
    state: &'static str,
    mode: &'static str,
    forced: bool,
    calls: u64,
    failures: u64,
    slow_calls: u64,
    failure_threshold: u32,
    failure_rate: Option<f64>,
    successes: u64,
    success_threshold: u32,
    nearness: f64,
    in_state_seconds: Option<f64>,
    retry_in_seconds: Option<f64>,
    rejected: Option<u64>,
}

impl<'a> BreakerRow<'a> {
    pub(super) fn new(it: &'a Snapshot, journal: &Contents) -> Self {
        Self {
            name: &it.name,
            state: it.state.as_str(),
            mode: it.mode.as_str(),
            forced: it.forced,
            calls: it.calls,
            failures: it.failures,
            slow_calls: it.slow_calls,
            failure_threshold: it.failure_threshold,
            failure_rate: it.failure_rate,
            successes: it.successes,
            success_threshold: it.success_threshold,
            nearness: nearness(it),
            // By the instant's own clock, whose type depends on features of `retry-runtime`.
            in_state_seconds: it.since.map(|since| seconds(since.elapsed())),
            retry_in_seconds: it.retry_in.map(seconds),
            rejected: journal.rejections(&it.name),
        }
    }
}

#[derive(Serialize)]
pub(super) struct BudgetRow<'a> {
    name: &'a str,
    balance: f64,
    burst: u32,
    ratio: f64,
    min_per_second: u32,
}

impl<'a> BudgetRow<'a> {
    pub(super) fn new(it: &'a BudgetSnapshot) -> Self {
        Self {
            name: &it.name,
            balance: it.balance,
            burst: it.burst,
            ratio: it.ratio,
            min_per_second: it.min_per_second,
        }
    }
}

#[derive(Serialize)]
pub(super) struct OperationRow<'a> {
    name: &'a str,
    retries: u64,
    retried_calls: u64,
    gave_up: u64,
    gave_up_after_retries: u64,
    would_retry: u64,
    last_kind: Option<&'static str>,
    last_error: Option<&'a str>,
    last_seconds_ago: Option<f64>,
    recent: [u32; SPANS],
}

impl<'a> OperationRow<'a> {
    pub(super) fn new(name: &'a str, it: &'a Operation, now: Instant) -> Self {
        let last = it.last.as_deref();
        Self {
            name,
            retries: it.retries,
            retried_calls: it.retried_calls,
            gave_up: it.gave_up,
            gave_up_after_retries: it.gave_up_after_retries,
            would_retry: it.would_retry,
            last_kind: last.and_then(|last| last.kind).map(FailureKind::as_str),
            last_error: last.and_then(|last| last.error.as_deref()),
            last_seconds_ago: last.map(|last| ago(last.at, now)),
            recent: it.spans,
        }
    }
}

#[derive(Serialize)]
pub(super) struct TransitionRow<'a> {
    sequence: u64,
    breaker: &'a str,
    from: &'static str,
    to: &'static str,
    calls: u64,
    failures: u64,
    slow_calls: u64,
    seconds_ago: f64,
}

impl<'a> TransitionRow<'a> {
    pub(super) fn new(it: &'a Transition, now: Instant) -> Self {
        let [calls, failures, slow_calls] = it.counts;
        Self {
            sequence: it.sequence,
            breaker: &it.breaker,
            from: it.from.as_str(),
            to: it.to.as_str(),
            calls,
            failures,
            slow_calls,
            seconds_ago: ago(it.at, now),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ControlRow<'a> {
    sequence: u64,
    breaker: &'a str,
    action: &'static str,
    by: &'a str,
    detail: Option<&'a str>,
    everywhere: bool,
    times: u64,
    seconds_ago: f64,
}

impl<'a> ControlRow<'a> {
    pub(super) fn new(it: &'a Control, now: Instant) -> Self {
        Self {
            sequence: it.sequence,
            breaker: &it.breaker,
            action: it.action,
            by: &it.by,
            detail: it.detail.as_deref(),
            everywhere: it.everywhere,
            times: it.times,
            seconds_ago: ago(it.at, now),
        }
    }
}

#[derive(Serialize)]
pub(super) struct EventRow<'a> {
    sequence: u64,
    event: &'static str,
    operation: &'a str,
    attempt: u32,
    max_attempts: u32,
    kind: Option<&'static str>,
    reason: Option<&'static str>,
    delay_seconds: Option<f64>,
    error: Option<&'a str>,
    seconds_ago: f64,
}

impl<'a> EventRow<'a> {
    pub(super) fn new(it: &'a Entry, now: Instant) -> Self {
        let (event, delay, reason) = match it.what {
            EntryKind::RetryScheduled(delay) => ("retry_scheduled", Some(delay), None),
            EntryKind::WouldRetry(delay) => ("would_retry", Some(delay), None),
            EntryKind::GaveUp(reason) => ("gave_up", None, Some(reason.as_str())),
        };
        Self {
            sequence: it.sequence,
            event,
            operation: &it.operation,
            attempt: it.attempt,
            max_attempts: it.max_attempts,
            kind: it.kind.map(FailureKind::as_str),
            reason,
            delay_seconds: delay.map(seconds),
            error: it.error.as_deref(),
            seconds_ago: ago(it.at, now),
        }
    }
}

fn ago(at: Instant, now: Instant) -> f64 {
    seconds(now.saturating_duration_since(at))
}
