//! The history of a run, from the parent and from the reports of instances.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::report::{Call, Counts, Report};
use crate::settings::Shared;

/// A call at the dependency. Times are the parent's.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    pub call: Call,
    pub from: u64,
    pub to: u64,
}

/// An event in Redis, from its `MONITOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtRedis {
    /// The quorum was complete, and the fleet opened the breaker.
    Opened(&'static Shared),
    Closed(&'static Shared),
    /// An instance asked for the lease of a probe that it had admitted.
    Late(&'static Shared),
    /// The fleet's state may have changed unseen, because data or `MONITOR` was lost.
    Unknown,
}

/// An action of the parent.
#[derive(Clone, Debug)]
pub struct Fault {
    pub what: String,
    pub from: u64,
    pub to: u64,
}

/// One instance across all its processes.
#[derive(Clone, Debug, Default)]
pub struct OfInstance {
    /// The times at which its processes were killed.
    pub killed: Vec<u64>,
    /// The time at which it ended without being killed.
    pub ended: Option<u64>,
    pub reports: Vec<Report>,
    /// The last state of each breaker, and its time.
    pub states: BTreeMap<&'static str, (u64, String)>,
    /// The counts of each process, in order.
    pub counts: Vec<Counts>,
}

/// The whole history. Times are those of [`now`](crate::clock::now).
#[derive(Debug, Default)]
pub struct History {
    pub began: u64,
    pub served: Vec<Served>,
    pub at_redis: Vec<(u64, AtRedis)>,
    /// The lines of `MONITOR`, if a trace is requested.
    pub lines: Vec<(u64, String)>,
    pub faults: Vec<Fault>,
    pub instances: Vec<OfInstance>,
    /// The spans in which the parent did not run.
    pub stalls: Vec<(u64, u64)>,
    /// The time at which all faults were repaired.
    pub healed: u64,
    /// The deadline, and the breakers that were not closed by then.
    pub not_closed: Option<(u64, Vec<String>)>,
}

/// [`History`], written by many threads.
#[derive(Default)]
pub struct Records(Mutex<History>);

impl Records {
    pub fn open(&self) -> MutexGuard<'_, History> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl History {
    pub fn told(&mut self, instance: usize, report: Report) {
        let of = &mut self.instances[instance];
        match report {
            Report::State { at, breaker, state } => {
                of.states.insert(breaker.name, (at, state));
            }
            Report::Counts(counts) => {
                if let Some(last) = of.counts.last_mut() {
                    *last = counts;
                }
            }
            other => of.reports.push(other),
        }
    }

    /// Returns the reports of all instances, with their numbers.
    pub fn reports(&self) -> impl Iterator<Item = (usize, &Report)> {
        self.instances.iter().enumerate().flat_map(|(number, instance)| {
            instance.reports.iter().map(move |report| (number, report))
        })
    }
}

impl OfInstance {
    /// Returns the spans in which the instance reported that it acted with its fleet.
    pub fn coordinated(&self) -> Vec<(u64, u64)> {
        let mut changes: Vec<_> = self.killed.iter().map(|at| (*at, false)).collect();
        changes.extend(self.reports.iter().filter_map(|report| match *report {
            Report::Lost { at } => Some((at, false)),
            Report::Found { at } => Some((at, true)),
            _ => None,
        }));
        changes.sort_unstable();
        let mut spans = Vec::new();
        let mut since = None;
        for (at, is_coordinated) in changes {
            match (is_coordinated, since) {
                (true, None) => since = Some(at),
                (false, Some(from)) => {
                    spans.push((from, at));
                    since = None;
                }
                _ => {}
            }
        }
        spans.extend(since.map(|from| (from, u64::MAX)));
        spans
    }

    /// Returns the spans in which its ticker did not run.
    pub fn stalls(&self) -> Vec<(u64, u64)> {
        let stall = |report: &Report| match *report {
            Report::Stalled { from, to } => Some((from, to)),
            _ => None,
        };
        self.reports.iter().filter_map(stall).collect()
    }
}

/// Returns the longest span that overlaps the window.
pub fn longest(spans: &[(u64, u64)], from: u64, to: u64) -> u64 {
    let overlapping = spans.iter().filter(|span| span.0 <= to && span.1 >= from);
    overlapping.map(|span| span.1 - span.0).max().unwrap_or(0)
}
