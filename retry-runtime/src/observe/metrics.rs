//! Events as metrics, through the facade of the crate [`metrics`](https://docs.rs/metrics).
//!
//! Install any exporter of that crate. [`NAMES`] lists the metrics. Their names and labels are a
//! stable contract. Counters count events, so a call that succeeds at its first attempt records
//! nothing. The background task of a fleet writes the metrics of the fleet.
//!
//! # Labels
//!
//! | label | values |
//! |---|---|
//! | `kind` | as in log lines; `unclassified` if `retry_if` or `retry_if_ok` decided |
//! | `reason`, `from`, `to` | as in log lines |
//! | `retried` | `true`, `false` |
//! | `outcome` | `success`, `failure`, `neutral`, `expired` (the probe ended too late to count), `unclaimed` (no call took the probe) |
//!
//! The number of calls that retries saved is `retried_calls` minus `gave_up{retried="true"}`. It
//! includes calls that were dropped while they were retried.
//!
//! # Cardinality
//!
//! Each of the labels `operation`, `breaker`, `breakers`, `budget` and `group` takes at most
//! [`MAX_NAMES`] values in a process, because names that come from data must not fill the memory of
//! the monitoring system. Further names are counted under `other` and have no gauge.
//!
//! # Gauges
//!
//! - The gauge of a breaker is written after each state change, at most eight times, until it
//!   agrees with the breaker. If the breaker changes faster, the gauge may be outdated until the
//!   next change or [`record_states`]. A breaker that is dropped while it is open leaves its gauge
//!   behind: the facade cannot remove gauges, but an exporter's idle timeout can.
//! - The gauge of a budget is written after each failure that tries to withdraw a token. Deposits
//!   do not write it, because they belong to successful calls. [`record_states`] updates it.
//! - The gauges of a fleet are written at each beat, about every 2 to 30 seconds.

#[cfg(feature = "fleet")]
pub(super) mod fleet;
mod handles;
mod names;

use std::sync::OnceLock;

use ::metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use handles::{Rejections, Sink};
use names::{BREAKERS, BUDGETS, Names, OPERATIONS, SETS};

use super::{Event, Reason};
use crate::circuit_state::CircuitState;
use crate::clock;
use crate::failure::FailureKind;
use crate::name;

/// Declares the metrics: constant, name, kind with unit, labels and help text.
macro_rules! metrics {
    ($(
        $metric:ident = $name:literal, $kind:ident($($unit:expr)?), $labels:literal, $help:literal;
    )*) => {
        $(const $metric: &str = $name;)*

        /// The names of all metrics.
        ///
        /// | metric | kind | labels | description |
        /// |---|---|---|---|
        $(#[doc = concat!(
            "| `", $name, "` | ", stringify!($kind), " | `", $labels, "` | ", $help, " |"
        )])*
        pub const NAMES: &[&str] = &[$($metric),*];

        /// Registers the kind, the unit and the help text of each metric with the exporter.
        ///
        /// Call it after the exporter has been installed for the process. From then on, each thread
        /// keeps the exporter's handles for up to a second, by the clock of the breakers. This
        /// makes events cheaper.
        ///
        /// Do not call it in these cases:
        ///
        /// - The exporter drops a time series within a second of its last change.
        /// - The exporter adds labels that depend on the caller, such as the fields of the current
        ///   span. A kept handle would have the labels of the span in which it was created.
        ///
        /// Thread-local recorders are not affected. The function starts a thread to find the
        /// exporter, and waits for it.
        pub fn describe() {
            $(describe!($kind, $metric, $($unit,)? $help);)*
            handles::find_global();
        }
    };
}

macro_rules! describe {
    (counter, $($metric:tt)*) => { describe_counter!($($metric)*) };
    (histogram, $($metric:tt)*) => { describe_histogram!($($metric)*) };
    (gauge, $($metric:tt)*) => { describe_gauge!($($metric)*) };
}

metrics! {
    RETRIES = "retry_utils_retries_total", counter(Unit::Count),
        "operation, kind", "Retries, counted before the wait";
    RETRY_DELAY = "retry_utils_retry_delay_seconds", histogram(Unit::Seconds),
        "operation", "Waits before retries";
    RETRIED_CALLS = "retry_utils_retried_calls_total", counter(Unit::Count),
        "operation", "Calls that were retried at least once";
    GAVE_UP = "retry_utils_gave_up_total", counter(Unit::Count),
        "operation, reason, kind, retried", "Calls that ended with a failure";
    WOULD_RETRY = "retry_utils_would_retry_total", counter(Unit::Count),
        "operation, kind", "Retries that were not made because the mode is `observe`";
    INVALID_POLICY = "retry_utils_invalid_policy_total", counter(Unit::Count),
        "operation, rule", "Policies that break a rule or have an unused budget, each counted once";
    STATE = "retry_utils_circuit_breaker_state", gauge(),
        "breaker", "State of the breaker: 0 closed, 1 half-open, 2 open";
    TRANSITIONS = "retry_utils_circuit_breaker_transitions_total", counter(Unit::Count),
        "breaker, from, to", "State changes of the breaker";
    REJECTED = "retry_utils_circuit_breaker_rejected_total", counter(Unit::Count),
        "breaker", "Calls that the breaker rejected";
    WOULD_REJECT = "retry_utils_circuit_breaker_would_reject_total", counter(Unit::Count),
        "breaker", "Calls that were not rejected because the mode is `observe`";
    NOT_LISTED = "retry_utils_circuit_breaker_not_listed_total", counter(Unit::Count),
        "reason", "Breakers that could not be added to the registry";
    KEYS_EVICTED = "retry_utils_circuit_breaker_keys_evicted_total", counter(Unit::Count),
        "breakers", "Keys evicted after their breaker had opened or counted failures";
    BUDGET_TOKENS = "retry_utils_retry_budget_tokens", gauge(Unit::Count),
        "budget", "Tokens in the budget";
    BUDGET_NOT_LISTED = "retry_utils_retry_budget_not_listed_total", counter(Unit::Count),
        "reason", "Budgets that could not be added to the registry";
    COORDINATED = "retry_utils_fleet_coordinated", gauge(),
        "group", "1 if this process acts with its fleet, 0 if it acts alone";
    INSTANCES = "retry_utils_fleet_instances", gauge(Unit::Count),
        "group", "Live instances of the fleet, as known to this process";
    ROUND_TRIP = "retry_utils_fleet_round_trip_seconds", histogram(Unit::Seconds),
        "group", "Time from sending a command to its reply";
    PUSH_DELAY = "retry_utils_fleet_push_delay_seconds", histogram(Unit::Seconds),
        "group", "Time from a change in the fleet to the message about it";
    VOTES = "retry_utils_fleet_votes_total", counter(Unit::Count),
        "breaker", "Votes of this process to open the breaker";
    PROBES = "retry_utils_fleet_probes_total", counter(Unit::Count),
        "breaker, outcome", "Probes that this process made for the fleet";
}

/// The maximum number of values of each of the labels `operation`, `breaker`, `breakers`, `budget`
/// and `group`: 1024, the capacity of the [`registry`](crate::registry).
pub const MAX_NAMES: usize = name::MOST;

/// Upper bounds in seconds for the histogram `retry_utils_retry_delay_seconds`: 5 ms to 60 s, the
/// default limit for waits that a server asks for.
///
/// With the exporter for Prometheus:
///
/// ```ignore
/// # extern crate retry_runtime as retry_utils;
/// use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
/// use retry_utils::observe::metrics;
///
/// let recorder = PrometheusBuilder::new()
///     .set_buckets_for_metric(Matcher::Suffix("retry_delay_seconds".to_owned()), &metrics::DELAY_BUCKETS)?
///     .build_recorder();
/// ```
pub const DELAY_BUCKETS: [f64; 13] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Upper bounds in seconds for the histograms `retry_utils_fleet_round_trip_seconds` and
/// `retry_utils_fleet_push_delay_seconds`: 0.1 ms to 1 s. A command fails after half a second.
pub const FLEET_BUCKETS: [f64; 13] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];

/// Writes the gauge of each breaker and of each budget in the [`registry`](crate::registry).
///
/// Call it after the exporter has been installed, or before each scrape. Without it, the gauge of a
/// breaker appears only at its first state change, and the gauge of a budget lacks the deposits
/// since the last withdrawal.
///
/// ```
/// # extern crate retry_runtime as retry_utils;
/// use retry_utils::{observe::metrics, registry};
///
/// let _ = registry::get_or_insert("billing", || retry_utils::CircuitBreaker::new("billing"));
/// metrics::record_states();
/// ```
pub fn record_states() {
    for write in [&STATES, &BALANCES].into_iter().filter_map(OnceLock::get) {
        write();
    }
}

/// The maximum number of times that a gauge is written for one state change.
const MOST_WRITES: usize = 8;

/// Writes the gauge of a breaker until it agrees with `state`, at most [`MOST_WRITES`] times.
///
/// Two threads may arrive here in a different order than their changes. The thread that writes last
/// reads the state after its write and finds nothing newer. A thread that stops early may leave an
/// older state in the gauge, but other threads cannot delay its call without limit.
#[cold]
pub(crate) fn show_state(breaker: &str, state: impl Fn() -> CircuitState) {
    let name = BREAKERS.of(breaker);
    if name.is_other() {
        return;
    }
    handles::write(name, clock::nanos, &|sink| {
        sink.set(STATE, |gauge| {
            for _ in 0..MOST_WRITES {
                let shown = state();
                gauge.set(match shown {
                    CircuitState::Closed => 0.0,
                    CircuitState::HalfOpen => 1.0,
                    CircuitState::Open => 2.0,
                });
                if state() == shown {
                    return;
                }
            }
        });
    });
}

/// Writes the gauge of a budget.
#[cold]
pub(crate) fn show_balance(budget: &str, balance: f64) {
    let name = BUDGETS.of(budget);
    if !name.is_other() {
        handles::write(name, clock::nanos, &|sink| {
            sink.set(BUDGET_TOKENS, |gauge| gauge.set(balance));
        });
    }
}

/// The counter of a breaker's rejections.
pub(crate) struct RejectionCounter(OnceLock<Box<Rejections>>);

impl RejectionCounter {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Counts a rejection at the time `now`, which is 0 if unknown.
    #[inline]
    pub(crate) fn count<'n>(&self, breaker: impl FnOnce() -> &'n str, now: u64) {
        let new = || Box::new(Rejections::new(REJECTED, BREAKERS.of(breaker())));
        self.0.get_or_init(new).count(now);
    }
}

/// Counts an event, except for rejections: see [`RejectionCounter`].
#[cold]
pub(super) fn record(event: &Event<'_>) {
    let write = |names: &'static Names, name: &str, event: &dyn Fn(&mut Sink<'_>)| {
        handles::write(names.of(name), clock::nanos, event);
    };
    let text = |kind: Option<FailureKind>| kind.map_or("unclassified", FailureKind::as_str);
    match *event {
        Event::RetryScheduled { operation, attempt, kind, delay, .. } => {
            write(&OPERATIONS, operation, &|sink| {
                if attempt == 1 {
                    sink.count(RETRIED_CALLS, &[]);
                }
                sink.record(RETRY_DELAY, delay);
                sink.count(RETRIES, &[("kind", text(kind))]);
            });
        }
        Event::GaveUp { operation, attempt, reason, kind, .. } => {
            let retried = attempt > 1 || reason == Reason::Stopped;
            let retried = if retried { "true" } else { "false" };
            let labels = [("reason", reason.as_str()), ("kind", text(kind)), ("retried", retried)];
            write(&OPERATIONS, operation, &|sink| sink.count(GAVE_UP, &labels));
        }
        Event::WouldRetry { operation, kind, .. } => {
            write(&OPERATIONS, operation, &|sink| {
                sink.count(WOULD_RETRY, &[("kind", text(kind))]);
            });
        }
        Event::InvalidPolicy { operation, rule } => {
            write(&OPERATIONS, operation, &|sink| sink.count(INVALID_POLICY, &[("rule", rule)]));
        }
        Event::Transition { breaker, from, to, .. } => {
            let labels = [("from", from.as_str()), ("to", to.as_str())];
            write(&BREAKERS, breaker, &|sink| sink.count(TRANSITIONS, &labels));
        }
        Event::KeyEvicted { breakers, left_out, .. } => {
            write(&SETS, breakers, &|sink| sink.add(KEYS_EVICTED, &[], 1 + left_out));
        }
        Event::NotListed { reason, .. } => {
            counter!(NOT_LISTED, "reason" => reason.as_str()).increment(1);
        }
        Event::BudgetNotListed { reason, .. } => {
            counter!(BUDGET_NOT_LISTED, "reason" => reason.as_str()).increment(1);
        }
        Event::WouldReject { breaker, .. } => {
            write(&BREAKERS, breaker, &|sink| sink.count(WOULD_REJECT, &[]));
        }
        // Rejections are counted by the breaker's `RejectionCounter`, and calls with an opaque
        // error as given up. Operator actions are only logged. A fleet writes its own metrics.
        Event::Rejected { .. }
        | Event::Control { .. }
        | Event::Opaque { .. }
        | Event::FleetLost { .. }
        | Event::FleetFound { .. }
        | Event::FleetOpened { .. }
        | Event::FleetWouldOpen { .. }
        | Event::FleetClosed { .. }
        | Event::FleetCommand { .. }
        | Event::FleetNotShared { .. }
        | Event::FleetClockJumped { .. } => {}
    }
}

/// Writes the gauge of each listed breaker. The registry sets it when it lists the first breaker.
pub(crate) static STATES: OnceLock<fn()> = OnceLock::new();

/// Writes the gauge of each listed budget. The registry sets it when it lists the first budget.
pub(crate) static BALANCES: OnceLock<fn()> = OnceLock::new();
