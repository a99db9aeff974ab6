//! The metrics of a fleet. They have no events, because beats and replies are routine.

use std::time::Duration;

use super::handles::{self, Sink};
use super::names::{BREAKERS, GROUPS, Names};
use super::{COORDINATED, INSTANCES, PROBES, PUSH_DELAY, ROUND_TRIP, VOTES};
use crate::clock;
use crate::observe::reason::LeaseOutcome;

pub(in crate::observe) fn show_coordinated(group: &str, is_coordinated: bool) {
    set(COORDINATED, group, f64::from(u8::from(is_coordinated)));
}

pub(in crate::observe) fn show_instances(group: &str, instances: u64) {
    // Gauges are floats. No fleet has 2^53 instances.
    #[allow(clippy::cast_precision_loss, reason = "see above")]
    set(INSTANCES, group, instances as f64);
}

pub(in crate::observe) fn record_round_trip(group: &str, round_trip: Duration) {
    write(&GROUPS, group, &|sink| sink.record(ROUND_TRIP, round_trip));
}

pub(in crate::observe) fn record_push_delay(group: &str, delay: Duration) {
    write(&GROUPS, group, &|sink| sink.record(PUSH_DELAY, delay));
}

pub(in crate::observe) fn count_vote(breaker: &str) {
    write(&BREAKERS, breaker, &|sink| sink.count(VOTES, &[]));
}

pub(in crate::observe) fn count_probe(breaker: &str, outcome: LeaseOutcome) {
    write(&BREAKERS, breaker, &|sink| sink.count(PROBES, &[("outcome", outcome.as_str())]));
}

/// Writes the gauge of a group.
fn set(gauge: &'static str, group: &str, value: f64) {
    let group = GROUPS.of(group);
    if !group.is_other() {
        handles::write(group, clock::nanos, &|sink| sink.set(gauge, |gauge| gauge.set(value)));
    }
}

fn write(names: &'static Names, name: &str, event: &dyn Fn(&mut Sink<'_>)) {
    handles::write(names.of(name), clock::nanos, event);
}
