//! Events as metrics, through the facade of the crate [`metrics`](https://docs.rs/metrics).
//!
//! Install any exporter of that crate. [`NAMES`] lists the metrics; their names and labels are a
//! stable contract. Counters count events: a call that succeeds at once records nothing. The metrics
//! of a fleet are written by its background task.
//!
//! The values of `kind`, `reason`, `from` and `to` are those of the log lines; `kind` is
//! `unclassified` where `retry_if` or `retry_if_ok` decided. `retried` is `true` or `false`.
//! `outcome` is `success`, `failure`, `neutral`, `expired` if the probe ended too late to count, or
//! `unclaimed` if no call came for it. Calls that retries saved are `retried_calls` minus
//! `gave_up{retried="true"}`. These include calls that their caller dropped in between.
//!
//! # Cardinality
//!
//! Each of `operation`, `breaker`, `breakers`, `budget` and `group` takes at most [`MAX_NAMES`] values
//! in a process: a program that makes names from data must not fill the memory of its monitoring.
//! Further names are counted under `other`, and have no gauge.
//!
//! The gauge of a breaker is written after each change of its state until it agrees with the
//! breaker, but no more than eight times. If the breaker changes faster than that, the gauge may
//! show an outdated state until the next change or [`record_states`]. A breaker that is dropped
//! while it is open leaves its gauge behind: the facade cannot remove a gauge, but the idle timeout
//! of an exporter can. The gauge of a budget is written after each failure that asks it for a token.
//! Deposits do not write it, since they belong to calls that succeed: [`record_states`] brings it up
//! to date. The gauges of a fleet are written at each beat, about every 2 to 30 seconds.

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

/// Declares the metrics: constant and name, kind with the unit, labels, and the help text.
macro_rules! metrics {
    ($(
        $metric:ident = $name:literal, $kind:ident($($unit:expr)?), $labels:literal, $help:literal;
    )*) => {
        $(const $metric: &str = $name;)*

        /// The names of all metrics.
        ///
        /// | metric | kind | labels | what |
        /// |---|---|---|---|
        $(#[doc = concat!(
            "| `", $name, "` | ", stringify!($kind), " | `", $labels, "` | ", $help, " |"
        )])*
        pub const NAMES: &[&str] = &[$($metric),*];

        /// Tells the exporter the kind, the unit and the help text of each metric.
        ///
        /// Call it after the exporter has been installed for the process. From then on, each thread
        /// keeps the exporter's handles for up to a second, by the clock of the breakers, which
        /// makes events several times cheaper.
        ///
        /// Do not call it if the exporter drops a series within a second of its last change, or
        /// adds labels that depend on the caller, such as the fields of the current span: a kept
        /// handle would have the labels of the span in which it was made. Recorders of a thread are
        /// not affected.
        ///
        /// It starts a thread to find the exporter, and waits for it.
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
        "operation, kind", "Retries, counted before their wait";
    RETRY_DELAY = "retry_utils_retry_delay_seconds", histogram(Unit::Seconds),
        "operation", "Waits before retries";
    RETRIED_CALLS = "retry_utils_retried_calls_total", counter(Unit::Count),
        "operation", "Calls that were retried at least once";
    GAVE_UP = "retry_utils_gave_up_total", counter(Unit::Count),
        "operation, reason, kind, retried", "Calls that ended with a failure";
    WOULD_RETRY = "retry_utils_would_retry_total", counter(Unit::Count),
        "operation, kind", "Retries that the mode `observe` did not make";
    INVALID_POLICY = "retry_utils_invalid_policy_total", counter(Unit::Count),
        "operation, rule", "Policies of which a part is not used, each counted once";
    STATE = "retry_utils_circuit_breaker_state", gauge(),
        "breaker", "State of the breaker: 0 closed, 1 half-open, 2 open";
    TRANSITIONS = "retry_utils_circuit_breaker_transitions_total", counter(Unit::Count),
        "breaker, from, to", "Changes of state";
    REJECTED = "retry_utils_circuit_breaker_rejected_total", counter(Unit::Count),
        "breaker", "Calls that the breaker rejected";
    WOULD_REJECT = "retry_utils_circuit_breaker_would_reject_total", counter(Unit::Count),
        "breaker", "Calls that the mode `observe` did not reject";
    NOT_LISTED = "retry_utils_circuit_breaker_not_listed_total", counter(Unit::Count),
        "reason", "Breakers that did not get into the registry";
    KEYS_EVICTED = "retry_utils_circuit_breaker_keys_evicted_total", counter(Unit::Count),
        "breakers", "Keys that lost their place while their breaker had opened or counted failures";
    BUDGET_TOKENS = "retry_utils_retry_budget_tokens", gauge(Unit::Count),
        "budget", "Tokens that the budget holds";
    BUDGET_NOT_LISTED = "retry_utils_retry_budget_not_listed_total", counter(Unit::Count),
        "reason", "Budgets that did not get into the registry";
    COORDINATED = "retry_utils_fleet_coordinated", gauge(),
        "group", "Whether this process acts with its fleet: 1 yes, 0 no";
    INSTANCES = "retry_utils_fleet_instances", gauge(Unit::Count),
        "group", "Instances of the fleet that are alive, as this process knows";
    ROUND_TRIP = "retry_utils_fleet_round_trip_seconds", histogram(Unit::Seconds),
        "group", "Times from sending a command to its reply";
    PUSH_DELAY = "retry_utils_fleet_push_delay_seconds", histogram(Unit::Seconds),
        "group", "Times from a change of the fleet to the message about it";
    VOTES = "retry_utils_fleet_votes_total", counter(Unit::Count),
        "breaker", "Votes of this process that the breaker should open";
    PROBES = "retry_utils_fleet_probes_total", counter(Unit::Count),
        "breaker, outcome", "Probes that this process made for the fleet";
}

/// How many values each of the labels `operation`, `breaker`, `breakers`, `budget` and `group` takes
/// at most: 1024, as many as the [`registry`](crate::registry) lists breakers or budgets.
pub const MAX_NAMES: usize = name::MOST;

/// Upper bounds in seconds for the histogram `retry_utils_retry_delay_seconds`: 5 ms to 60 s, which
/// is the longest wait that a server may ask for by default.
///
/// Exporters have no buckets that suit everything. With that for Prometheus:
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
/// The gauge of a breaker appears with its first change of state. Call this after the exporter has
/// been installed, or before each scrape: then breakers that were always closed are shown too, and
/// budgets are shown with the deposits since their last withdrawal.
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

/// How often a gauge is written for one change of the state, at most.
const MOST_WRITES: usize = 8;

/// Writes the gauge of a breaker until it agrees with what `state` reads, or [`MOST_WRITES`] times.
///
/// Two threads may come here in another order than the two changes had. The one that writes last
/// has looked after writing, and found nothing newer. One that gives up may leave an older state
/// behind, but it does not hold up its call for as long as others change the breaker.
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

/// The counter of a breaker's rejections, opaque to the breaker.
pub(crate) struct RejectionCounter(OnceLock<Box<Rejections>>);

impl RejectionCounter {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Counts a rejection at `now`, or 0 if the time is not known.
    #[inline]
    pub(crate) fn count<'n>(&self, breaker: impl FnOnce() -> &'n str, now: u64) {
        let new = || Box::new(Rejections::new(REJECTED, BREAKERS.of(breaker())));
        self.0.get_or_init(new).count(now);
    }
}

/// Counts an event that no [`RejectionCounter`] counts.
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
        // Rejections are counted by the breaker's `RejectionCounter`. What operators do is of
        // interest one by one, in the log. A call with an opaque error is counted where it gave up.
        // A fleet writes its own metrics.
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

/// Writes the gauge of each listed breaker. Installed by the registry with the first one.
pub(crate) static STATES: OnceLock<fn()> = OnceLock::new();

/// Writes the gauge of each listed budget. Installed with the first one, too.
pub(crate) static BALANCES: OnceLock<fn()> = OnceLock::new();
