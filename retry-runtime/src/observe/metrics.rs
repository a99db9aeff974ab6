//! Events as metrics, through the facade of the crate [`metrics`](https://docs.rs/metrics).
//!
//! Install any exporter of that crate; the names and labels below are a stable contract. Counters count events, so that
//! nothing is recorded for a call that succeeds at once.
//!
//! | metric | kind | labels | what |
//! |---|---|---|---|
//! | `retry_utils_retries_total` | counter | `operation`, `kind` | retries, each counted before its wait |
//! | `retry_utils_retry_delay_seconds` | histogram | `operation` | the waits before them; [`DELAY_BUCKETS`] suit it |
//! | `retry_utils_retried_calls_total` | counter | `operation` | calls that were retried at least once |
//! | `retry_utils_gave_up_total` | counter | `operation`, `reason`, `kind`, `retried` | calls that ended with a failure; `retried` is `true` or `false` |
//! | `retry_utils_would_retry_total` | counter | `operation`, `kind` | under `Mode::Observe`, retries that `Enforce` would have begun |
//! | `retry_utils_invalid_policy_total` | counter | `operation`, `rule` | policies of which a part is not used, each counted once |
//! | `retry_utils_circuit_breaker_state` | gauge | `breaker` | 0 closed, 1 half-open, 2 open |
//! | `retry_utils_circuit_breaker_transitions_total` | counter | `breaker`, `from`, `to` | changes of state |
//! | `retry_utils_circuit_breaker_rejected_total` | counter | `breaker` | calls that were rejected |
//! | `retry_utils_circuit_breaker_would_reject_total` | counter | `breaker` | under `Mode::Observe`, calls that `Enforce` would have rejected |
//! | `retry_utils_circuit_breaker_not_listed_total` | counter | `reason` | breakers that work but did not get into the registry |
//! | `retry_utils_circuit_breaker_keys_exhausted_total` | counter | `breakers` | times that a set of keyed breakers began to be full |
//! | `retry_utils_retry_budget_tokens` | gauge | `budget` | tokens that a budget with a name holds |
//! | `retry_utils_retry_budget_not_listed_total` | counter | `reason` | budgets that work but did not get into the registry |
//!
//! The values of `kind`, `reason`, `from` and `to` are those of the log lines; `kind` is `unclassified` where `retry_if`
//! or `retry_if_ok` decided. Calls that retries saved are `retried_calls` without `gave_up{retried="true"}`; a call that
//! its caller dropped in between counts among them.
//!
//! # How many series there may be
//!
//! Each of `operation`, `breaker`, `breakers` and `budget` takes at most [`MAX_NAMES`] values in a
//! process. Further names are counted under `other`, as a program that makes names from data would
//! fill the memory of its monitoring. A breaker has one gauge, which is written after each change
//! of its state until it agrees with the breaker: it cannot show a state that is over. The gauge of
//! names under `other` is not written, since it would be of no one breaker or budget. A breaker
//! that is dropped while it is open leaves its gauge behind, as the facade cannot take a gauge
//! back; the idle timeout of an exporter does.
//!
//! The gauge of a budget is written after each failure that asks it for a token, whether it gets
//! one or not. Deposits do not write it, since they belong to calls that succeed: [`record_states`]
//! brings it up to date.

// `#[inline]` where an application calls it: what is never called need not be compiled.

use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use ::metrics::{
    SharedString, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};

use super::{Event, Reason};
use crate::circuit_state::CircuitState;
use crate::failure::FailureKind;
use crate::name;

macro_rules! names {
    ($($name:ident = $text:literal,)*) => {
        $(const $name: &str = $text;)*

        /// The names of all metrics, in the order of the table above.
        pub const NAMES: &[&str] = &[$($name),*];
    };
}

names! {
    RETRIES = "retry_utils_retries_total",
    RETRY_DELAY = "retry_utils_retry_delay_seconds",
    RETRIED_CALLS = "retry_utils_retried_calls_total",
    GAVE_UP = "retry_utils_gave_up_total",
    WOULD_RETRY = "retry_utils_would_retry_total",
    INVALID_POLICY = "retry_utils_invalid_policy_total",
    STATE = "retry_utils_circuit_breaker_state",
    TRANSITIONS = "retry_utils_circuit_breaker_transitions_total",
    REJECTED = "retry_utils_circuit_breaker_rejected_total",
    WOULD_REJECT = "retry_utils_circuit_breaker_would_reject_total",
    NOT_LISTED = "retry_utils_circuit_breaker_not_listed_total",
    KEYS_EXHAUSTED = "retry_utils_circuit_breaker_keys_exhausted_total",
    BUDGET_TOKENS = "retry_utils_retry_budget_tokens",
    BUDGET_NOT_LISTED = "retry_utils_retry_budget_not_listed_total",
}

/// How many values the labels `operation`, `breaker`, `breakers` and `budget` take at most: 1024
/// each, as many as the [`registry`](crate::registry) lists breakers or budgets.
pub const MAX_NAMES: usize = name::MOST;

/// Upper bounds in seconds for the histogram of delays: 5 ms to 60 s, which is the longest wait that a server may ask for
/// by default.
///
/// Exporters have no buckets that suit everything. With that for Prometheus:
///
/// ```
/// use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
/// use retry_runtime::observe::metrics;
///
/// let recorder = PrometheusBuilder::new()
///     .set_buckets_for_metric(Matcher::Suffix("retry_delay_seconds".to_owned()), &metrics::DELAY_BUCKETS)?
///     .build_recorder();
/// # Ok::<(), metrics_exporter_prometheus::BuildError>(())
/// ```
pub const DELAY_BUCKETS: [f64; 13] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Tells the exporter what each metric is, for the help texts that some of them show.
///
/// Call it once, after the exporter has been installed. Nothing depends on it.
#[inline]
pub fn describe() {
    describe_counter!(RETRIES, Unit::Count, "Retries, counted before their wait");
    describe_histogram!(RETRY_DELAY, Unit::Seconds, "Waits before retries");
    describe_counter!(RETRIED_CALLS, Unit::Count, "Calls that were retried at least once");
    describe_counter!(GAVE_UP, Unit::Count, "Calls that ended with a failure");
    describe_counter!(WOULD_RETRY, Unit::Count, "Retries that the mode `observe` did not make");
    describe_counter!(INVALID_POLICY, Unit::Count, "Policies of which a part is not used");
    describe_gauge!(STATE, "State of the breaker: 0 closed, 1 half-open, 2 open");
    describe_counter!(TRANSITIONS, Unit::Count, "Changes of state");
    describe_counter!(REJECTED, Unit::Count, "Calls that the breaker rejected");
    describe_counter!(WOULD_REJECT, Unit::Count, "Calls that the mode `observe` did not reject");
    describe_counter!(NOT_LISTED, Unit::Count, "Breakers that did not get into the registry");
    describe_counter!(KEYS_EXHAUSTED, Unit::Count, "Times that keyed breakers began to be full");
    describe_gauge!(BUDGET_TOKENS, Unit::Count, "Tokens that the budget holds");
    describe_counter!(BUDGET_NOT_LISTED, Unit::Count, "Budgets that did not get into the registry");
}

/// Writes the gauge of each breaker and of each budget in the [`registry`](crate::registry).
///
/// The gauge of a breaker appears with its first change of state. Call this after the exporter has
/// been installed, or each time that it is asked: then breakers that were always closed are shown
/// too, and budgets are shown with the deposits since their last withdrawal.
///
/// ```
/// use retry_runtime::{observe::metrics, registry};
///
/// let _ = registry::get_or_insert("billing", || retry_runtime::CircuitBreaker::new("billing"));
/// metrics::record_states();
/// ```
#[inline]
pub fn record_states() {
    for write in [&STATES, &BALANCES].into_iter().filter_map(OnceLock::get) {
        write();
    }
}

/// Writes the gauge of a breaker until it agrees with what `state` reads.
///
/// Two threads may come here in another order than the two changes had. Whoever writes last has looked after writing, and
/// found nothing newer.
#[cold]
pub(crate) fn show_state(breaker: &str, state: impl Fn() -> CircuitState) {
    let Some(breaker) = BREAKERS.kept(breaker) else { return };
    let gauge = gauge!(STATE, "breaker" => breaker);
    let mut shown = state();
    loop {
        gauge.set(match shown {
            CircuitState::Closed => 0.0,
            CircuitState::HalfOpen => 1.0,
            CircuitState::Open => 2.0,
        });
        let now = state();
        if now == shown {
            return;
        }
        shown = now;
    }
}

/// Writes the gauge of a budget.
#[cold]
pub(crate) fn show_balance(budget: &str, balance: f64) {
    if let Some(budget) = BUDGETS.kept(budget) {
        gauge!(BUDGET_TOKENS, "budget" => budget).set(balance);
    }
}

pub(super) fn record(event: &Event<'_>) {
    match *event {
        Event::RetryScheduled { operation, attempt, kind, delay, .. } => {
            let operation = OPERATIONS.label(operation);
            if attempt == 1 {
                counter!(RETRIED_CALLS, "operation" => operation.clone()).increment(1);
            }
            histogram!(RETRY_DELAY, "operation" => operation.clone()).record(delay);
            counter!(RETRIES, "operation" => operation, "kind" => text(kind)).increment(1);
        }
        Event::GaveUp { operation, attempt, reason, kind, .. } => counter!(
            GAVE_UP,
            "operation" => OPERATIONS.label(operation),
            "reason" => reason.as_str(),
            "kind" => text(kind),
            "retried" => if attempt > 1 || reason == Reason::Stopped { "true" } else { "false" },
        )
        .increment(1),
        Event::WouldRetry { operation, kind, .. } => {
            let operation = OPERATIONS.label(operation);
            counter!(WOULD_RETRY, "operation" => operation, "kind" => text(kind)).increment(1);
        }
        Event::InvalidPolicy { operation, rule } => {
            let operation = OPERATIONS.label(operation);
            counter!(INVALID_POLICY, "operation" => operation, "rule" => rule).increment(1);
        }
        Event::Transition { breaker, from, to, .. } => counter!(
            TRANSITIONS,
            "breaker" => BREAKERS.label(breaker),
            "from" => from.as_str(),
            "to" => to.as_str(),
        )
        .increment(1),
        Event::Rejected { breaker, .. } => {
            counter!(REJECTED, "breaker" => BREAKERS.label(breaker)).increment(1);
        }
        Event::WouldReject { breaker, .. } => {
            counter!(WOULD_REJECT, "breaker" => BREAKERS.label(breaker)).increment(1);
        }
        Event::NotListed { reason, .. } => {
            counter!(NOT_LISTED, "reason" => reason.as_str()).increment(1);
        }
        Event::BudgetNotListed { reason, .. } => {
            counter!(BUDGET_NOT_LISTED, "reason" => reason.as_str()).increment(1);
        }
        Event::KeysExhausted { breakers, .. } => {
            counter!(KEYS_EXHAUSTED, "breakers" => SETS.label(breakers)).increment(1);
        }
    }
}

const fn text(kind: Option<FailureKind>) -> &'static str {
    match kind {
        Some(kind) => kind.as_str(),
        None => "unclassified",
    }
}

/// Writes the gauge of each listed breaker. Installed by the registry, which knows them, with the
/// first.
pub(crate) static STATES: OnceLock<fn()> = OnceLock::new();

/// Writes the gauge of each listed budget. Installed with the first, too.
pub(crate) static BALANCES: OnceLock<fn()> = OnceLock::new();

/// The values of a label so far. Its lock is taken where something has failed, and held for a look-up.
struct Names(Mutex<BTreeSet<SharedString>>);

static OPERATIONS: Names = Names::new();
static BREAKERS: Names = Names::new();
static SETS: Names = Names::new();
static BUDGETS: Names = Names::new();

impl Names {
    const fn new() -> Self {
        Self(Mutex::new(BTreeSet::new()))
    }

    fn label(&self, name: &str) -> SharedString {
        self.kept(name).unwrap_or(SharedString::const_str("other"))
    }

    /// The name, if it is one of those that get a value of their own.
    fn kept(&self, name: &str) -> Option<SharedString> {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.get(name) {
            return Some(known.clone());
        }
        if names.len() == MAX_NAMES {
            return None;
        }
        // Shared, so that no event copies the text again.
        let name = SharedString::from_shared(name.into());
        names.insert(name.clone());
        Some(name)
    }
}
