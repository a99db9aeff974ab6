//! The rows of a fleet in the state.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use retry_fleet::{FleetBreaker, FleetInstance, FleetView, Status};
use retry_runtime::{CircuitState, Mode};
use serde::Serialize;
use tokio::time::Instant;

use crate::list::{first_rows, seconds};

/// One reading of the fleet.
pub(crate) struct Reading {
    pub(crate) everywhere: bool,
    pub(crate) status: Status,
    /// The last view and the time at which it arrived.
    pub(crate) view: Option<(Instant, Arc<FleetView>)>,
}

#[derive(Serialize)]
pub(crate) struct FleetRow<'a> {
    everywhere: bool,
    coordinated: bool,
    round_trip_seconds: Option<f64>,
    alone_seconds: Option<f64>,
    alone_reason: Option<String>,
    group: Option<&'a str>,
    instance: Option<&'a str>,
    quorum: Option<u32>,
    looked_seconds_ago: Option<f64>,
    totals: Totals,
    breakers: Vec<BreakerRow<'a>>,
    instances: Vec<InstanceRow<'a>>,
}

#[derive(Serialize)]
struct Totals {
    breakers: Total,
    instances: Total,
}

#[derive(Serialize)]
struct Total {
    listed: u64,
    matching: u64,
}

#[derive(Serialize)]
struct BreakerRow<'a> {
    name: &'a str,
    state: &'static str,
    left_seconds: Option<f64>,
    failed: u64,
    ok: u64,
    epoch: u64,
    voters: &'a [String],
    probing: &'a [String],
    forced: Option<&'static str>,
    forced_left_seconds: Option<f64>,
    mode: Option<&'static str>,
    by: Option<&'a str>,
}

#[derive(Serialize)]
struct InstanceRow<'a> {
    name: &'a str,
    version: &'a str,
    coordinated: Option<bool>,
    open: u64,
    open_breakers: &'a [String],
    last_beat_seconds_ago: f64,
}

impl Reading {
    /// Returns the rows that match a search in lower case.
    pub(crate) fn row(&self, control: bool, search: &str, now: Instant) -> FleetRow<'_> {
        let matches = |name: &str| search.is_empty() || name.to_lowercase().contains(search);
        let view = self.view.as_ref().map(|(_, view)| &**view);
        let age = self.view.as_ref().map(|(at, _)| now.saturating_duration_since(*at));
        let (mut round_trip, mut alone_for, mut reason) = (None, None, None);
        match self.status {
            Status::Coordinated { round_trip: last, .. } => round_trip = Some(last.as_secs_f64()),
            Status::Alone { since, reason: why, .. } => {
                (alone_for, reason) = (Some(seconds(since)), Some(why.to_string()));
            }
            _ => {}
        }
        let all = view.map_or(&[][..], |view| &view.breakers);
        let breakers: Vec<_> = all.iter().filter(|it| matches(&it.name)).collect();
        let instances = view.map_or(&[][..], |view| &view.instances).iter();
        let instances: Vec<_> = instances
            .filter(|it| matches(&it.name) || it.open_breakers.iter().any(|name| matches(name)))
            .collect();
        let age_or_zero = age.unwrap_or_default();
        FleetRow {
            everywhere: control && self.everywhere,
            coordinated: matches!(self.status, Status::Coordinated { .. }),
            round_trip_seconds: round_trip,
            alone_seconds: alone_for,
            alone_reason: reason,
            group: view.map(|view| view.group.as_str()),
            instance: view.map(|view| view.instance.as_str()),
            quorum: view.map(|view| view.quorum),
            looked_seconds_ago: age.map(seconds),
            totals: Totals {
                breakers: Total { listed: all.len() as u64, matching: breakers.len() as u64 },
                instances: Total {
                    listed: view.map_or(0, |view| view.alive),
                    matching: instances.len() as u64,
                },
            },
            breakers: breakers.into_iter().map(|it| BreakerRow::new(it, age_or_zero)).collect(),
            instances: first_rows(instances, |one, other| by_trouble(one, other))
                .map(|it| InstanceRow::new(it, age_or_zero))
                .collect(),
        }
    }
}

impl<'a> BreakerRow<'a> {
    fn new(it: &'a FleetBreaker, age: Duration) -> Self {
        let is_open = it.state == CircuitState::Open;
        Self {
            name: &it.name,
            state: it.state.as_str(),
            left_seconds: is_open.then(|| seconds(it.left.saturating_sub(age))),
            failed: it.failed,
            ok: it.ok,
            epoch: it.epoch,
            voters: &it.voters,
            probing: &it.probing,
            forced: it.forced.map(CircuitState::as_str),
            forced_left_seconds: it.forced_left.map(|left| seconds(left.saturating_sub(age))),
            mode: it.mode.map(Mode::as_str),
            by: it.by.as_deref(),
        }
    }
}

impl<'a> InstanceRow<'a> {
    fn new(it: &'a FleetInstance, age: Duration) -> Self {
        Self {
            name: &it.name,
            version: &it.version,
            coordinated: it.coordinated,
            open: it.open,
            open_breakers: &it.open_breakers,
            last_beat_seconds_ago: seconds(it.last_beat.saturating_add(age)),
        }
    }
}

/// Orders instances that act alone first, then by the number of open breakers, then by the age of
/// the last beat.
fn by_trouble(one: &FleetInstance, other: &FleetInstance) -> Ordering {
    let is_coordinated = |it: &FleetInstance| it.coordinated == Some(true);
    is_coordinated(one)
        .cmp(&is_coordinated(other))
        .then(other.open.cmp(&one.open))
        .then(other.last_beat.cmp(&one.last_beat))
        .then_with(|| one.name.cmp(&other.name))
}
