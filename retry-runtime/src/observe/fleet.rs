//! Events and metrics of a fleet, for the crate `retry-fleet`. Not public API.
//!
//! The functions of metrics do nothing without the feature `metrics`.

use std::fmt::Display;
use std::time::Duration;

use super::control::operator_name;
#[cfg(feature = "metrics")]
use super::metrics::fleet as metrics;
pub use super::reason::LeaseOutcome;
use super::{Event, Excerpt, LogLevel, NotShared, Reported, emit};

/// The facts about an opening by the fleet. The fields are those of [`Event::FleetOpened`].
#[derive(Debug, Clone, Copy)]
pub struct Opening {
    pub votes: Option<u64>,
    pub instances: u64,
    pub retry_in: Duration,
}

/// Reports that this process no longer acts with the fleet. Call it once per loss.
pub fn lost(group: &str, reason: &'static str, detail: Option<&dyn Display>) {
    let detail = detail.map(Excerpt::of_text);
    emit(LogLevel::Warn, &Event::FleetLost { group, reason, detail });
}

/// Reports that this process acts with the fleet.
pub fn found(group: &str, lost_for: Duration, instances: u64) {
    emit(LogLevel::Info, &Event::FleetFound { group, lost_for, instances });
}

/// Reports that the fleet opened a breaker. Call it once per open phase.
pub fn opened(breaker: &str, Opening { votes, instances, retry_in }: Opening) {
    emit(LogLevel::Warn, &Event::FleetOpened { breaker, votes, instances, retry_in });
}

/// Reports that the fleet opened a breaker, in a process that only observes the fleet.
pub fn would_open(breaker: &str, Opening { votes, instances, retry_in }: Opening) {
    emit(LogLevel::Info, &Event::FleetWouldOpen { breaker, votes, instances, retry_in });
}

/// Reports that the fleet closed a breaker.
pub fn closed(breaker: &str, open_for: Duration) {
    emit(LogLevel::Info, &Event::FleetClosed { breaker, open_for });
}

/// Reports an operator's command. The operator's name is untrusted.
pub fn command(
    breaker: &str,
    what: &'static str,
    by: &str,
    detail: Option<&dyn Display>,
    lasting: Option<Duration>,
) {
    let (by, detail) = (&*operator_name(by), detail.map(Excerpt::of_text));
    emit(LogLevel::Info, &Event::FleetCommand { breaker, what, by, detail, lasting });
}

/// Reports, once per set, that some of its keys are not shared.
pub fn too_many_keys(set: &str) {
    static SETS: Reported = Reported::new();
    if let Some(breaker) = SETS.first(set) {
        not_shared(breaker, NotShared::TooManyKeys);
    }
}

/// Reports, once per group, that this breaker is not shared. Further breakers are not shared
/// either, but not reported.
pub fn too_many_breakers(group: &str, breaker: &str) {
    static GROUPS: Reported = Reported::new();
    if GROUPS.first(group).is_some() {
        not_shared(breaker, NotShared::TooManyBreakers);
    }
}

fn not_shared(breaker: &str, reason: NotShared) {
    emit(LogLevel::Warn, &Event::FleetNotShared { breaker, reason });
}

/// Reports that the server's clock jumped.
pub fn clock_jumped(group: &str, is_forward: bool, jump: Duration) {
    let direction = if is_forward { "forward" } else { "back" };
    emit(LogLevel::Warn, &Event::FleetClockJumped { group, direction, jump });
}

/// Declares functions that call `metrics`, and do nothing without that feature.
macro_rules! metrics {
    ($($(#[$docs:meta])* $name:ident($($argument:ident: $type:ty),*);)*) => {$(
        $(#[$docs])*
        pub fn $name($($argument: $type),*) {
            #[cfg(feature = "metrics")]
            metrics::$name($($argument),*);
            #[cfg(not(feature = "metrics"))]
            let _ = ($($argument),*);
        }
    )*};
}

metrics! {
    /// Sets whether this process acts with the fleet. Call it at each beat and each change.
    show_coordinated(group: &str, is_coordinated: bool);
    /// Sets the number of live instances. Call it at each beat.
    show_instances(group: &str, instances: u64);
    /// Records the time from sending a command to its reply.
    record_round_trip(group: &str, round_trip: Duration);
    /// Records the time from a change to the push message about it.
    record_push_delay(group: &str, delay: Duration);
    /// Counts a vote of this process.
    count_vote(breaker: &str);
    /// Counts a probe of this process.
    count_probe(breaker: &str, outcome: LeaseOutcome);
}
