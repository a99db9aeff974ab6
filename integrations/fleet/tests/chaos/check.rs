//! The invariants, as pure checks of a history.
//!
//! Each also holds on a machine that is slow or stops for a while. Stalls are measured by the
//! instances' tickers, and an instance is checked only while it reports that it acts with the
//! fleet.

#[cfg(test)]
mod tests;

use crate::clock::{micros, seconds};
use crate::history::{AtRedis, History, OfInstance, Served, longest};
use crate::report::{By, Call, Report};
use crate::settings::{BUSY, MOST_PROCESSOR_TIME, MOST_TIME, PLACES, RARE, RECOVERY, Shared};

/// The time without a probe after which an episode is over.
const EPISODE_ENDS: u64 = 1_000_000;
/// The time after a fault in which calls that were admitted during it may still run.
const AFTERWARDS: u64 = 1_000_000;
/// A stall after which an instance may have done anything.
const LONG_STALL: u64 = 500_000;
/// One admission in this number may be expensive.
const FORGIVEN: u64 = 10_000;
/// The time in which all instances must learn of an opening.
const NEWS: u64 = 250_000;
/// The time in which an instance notices that its connection is dead: a beat and a command.
const NOTICE: u64 = 3_500_000;

/// The result of the checks.
#[derive(Debug, Default)]
pub struct Findings {
    /// The violated invariants.
    pub violations: Vec<String>,
    pub episodes: Vec<Episode>,
    pub openings: usize,
    /// The number of instances, over all openings, that were coordinated when the news was due.
    pub judged: usize,
    /// The latest call of a closed breaker of a coordinated instance after the fleet had opened it,
    /// in microseconds.
    pub latest: u64,
}

/// Probes of one breaker, in sequence or overlapping.
#[derive(Clone, Debug)]
pub struct Episode {
    pub breaker: &'static Shared,
    pub from: u64,
    pub to: u64,
    pub probes: usize,
    /// The maximum number of overlapping probes.
    pub most: usize,
    /// The number of probes that were admitted before their lease was requested.
    pub late: usize,
    /// True if only the dependency failed.
    pub is_undisturbed: bool,
}

pub fn check(history: &History) -> Findings {
    let mut findings = Findings { episodes: episodes(history), ..Findings::default() };
    findings.probes(history.began);
    findings.openings(history);
    findings.differences(history);
    findings.costs(history);
    if let Some((deadline, open)) = &history.not_closed {
        let after = (deadline - history.healed) / 1_000;
        findings.violation(format!("(e) not closed {after} ms after all was healed: {open:?}"));
    }
    for (number, instance) in history.instances.iter().enumerate() {
        if let Some(at) = instance.ended {
            let after = (at - history.began) / 1_000;
            findings.violation(format!("instance {number} ended by itself after {after} ms"));
        }
    }
    findings
}

impl Findings {
    fn violation(&mut self, what: String) {
        self.violations.push(what);
    }

    /// (a) In an episode in which every command was answered and no instance was stopped, at most
    /// `half_open_max_calls` probes overlap, not counting late ones.
    ///
    /// Unanswered commands follow from the parent's faults, and affected instances report that they
    /// are alone. A disturbed span begins with the open phase before the episode, in which leases
    /// and the register may have been lost.
    fn probes(&mut self, began: u64) {
        for episode in self.episodes.clone() {
            let Episode { breaker, from, to, most, late, is_undisturbed, .. } = episode;
            if is_undisturbed && most > PLACES + late {
                let (from, to) = (seconds(from - began), seconds(to - began));
                self.violation(format!(
                    "(a) from {from} to {to} s: {most} probes of {} at once, with {PLACES} places \
                     and {late} late ones",
                    breaker.name
                ));
            }
        }
    }

    /// (b) After the last vote of the quorum, no closed breaker of a coordinated instance admits a
    /// call later than 250 ms plus the instance's longest stall.
    ///
    /// The time of the vote is that at which the parent learns from Redis that the fleet has
    /// opened. For an instance that becomes coordinated later, the time starts then. Calls shortly
    /// before an instance noticed a loss do not count, because its connection may have been dead.
    /// The fleet's state is known here until Redis loses its data or the parent loses its
    /// connection to Redis.
    fn openings(&mut self, history: &History) {
        for breaker in [&BUSY, &RARE] {
            for (opened, ends) in openings(history, breaker) {
                self.openings += 1;
                for (number, instance) in history.instances.iter().enumerate() {
                    let heard = opened + NEWS;
                    self.judged += usize::from(ends > heard && acts(instance, heard).is_some());
                    let calls = history.served.iter().map(|served| served.call).filter(|call| {
                        let is_its = call.instance == number && call.breaker == breaker;
                        is_its && (opened..ends).contains(&call.asked) && call.by == By::Closed
                    });
                    let lateness = |call: Call| lateness(instance, opened, call);
                    let Some(late) = calls
                        .filter_map(lateness)
                        .max_by_key(|late| late.by.saturating_sub(late.stall))
                    else {
                        continue;
                    };
                    self.latest = self.latest.max(late.by);
                    if late.by > NEWS + late.stall {
                        self.violation(format!(
                            "(b) after {} s: instance {number} calls {} {} us after the fleet \
                             opened it, with a stall of {} us",
                            seconds(opened - history.began),
                            breaker.name,
                            late.by,
                            late.stall
                        ));
                    }
                }
            }
        }
    }

    /// (c) While alone, a breaker behaves like one without a fleet: see `alone`.
    fn differences(&mut self, history: &History) {
        for (number, report) in history.reports() {
            if let Report::Differs { at, breaker, how } = report {
                self.violation(format!(
                    "(c) after {} s: {} of instance {number} alone is not as without a fleet: \
                     {how}",
                    seconds(at - history.began),
                    breaker.name
                ));
            }
        }
    }

    /// (d) No admission takes more than 1 ms of processor time, or waits.
    ///
    /// The kernel attributes interrupts to the interrupted thread. Therefore one admission in
    /// 10,000 may take longer.
    fn costs(&mut self, history: &History) {
        let mut expensive = Vec::new();
        for (number, report) in history.reports() {
            let Report::Slow { at, breaker, processor_nanos, wall_micros } = report else {
                continue;
            };
            let stalls = history.instances[number].stalls();
            let stall = longest(&stalls, *at, at + wall_micros);
            let what = format!(
                "(d) an admission by {} of instance {number} took {processor_nanos} ns of \
                 processor time and {wall_micros} us, with a stall of {stall} us",
                breaker.name
            );
            if *wall_micros > MOST_TIME + stall {
                self.violation(what);
            } else if *processor_nanos > MOST_PROCESSOR_TIME {
                expensive.push(what);
            }
        }
        let counts = history.instances.iter().flat_map(|instance| &instance.counts);
        let admissions: u64 = counts.map(|counts| counts.admissions).sum();
        if expensive.len() as u64 > admissions / FORGIVEN + 1 {
            self.violations.extend(expensive);
        }
    }
}

/// A call of a closed breaker after the fleet had opened it.
struct Late {
    by: u64,
    /// The longest stall of the instance between the two.
    stall: u64,
}

/// Returns by how much a call is late, if its instance is certainly coordinated.
fn lateness(instance: &OfInstance, opened: u64, call: Call) -> Option<Late> {
    let from = opened.max(acts(instance, call.asked)?);
    Some(Late { by: call.asked - from, stall: longest(&instance.stalls(), from, call.asked) })
}

/// Returns the time since which an instance acts with the fleet, if it certainly does at `at`.
fn acts(instance: &OfInstance, at: u64) -> Option<u64> {
    let spans = instance.coordinated();
    let span = spans.iter().find(|span| span.0 <= at && at.saturating_add(NOTICE) < span.1)?;
    Some(span.0)
}

/// Returns the known spans in which the fleet had opened a breaker.
fn openings(history: &History, breaker: &'static Shared) -> Vec<(u64, u64)> {
    let mut openings = Vec::new();
    let mut since = None;
    for (at, what) in &history.at_redis {
        match what {
            AtRedis::Opened(opened) if *opened == breaker => since = since.or(Some(*at)),
            AtRedis::Closed(closed) if *closed == breaker => {
                // An instance may learn of it earlier than the parent.
                let heard = at.saturating_sub(NEWS);
                let heard = heard.saturating_sub(longest(&history.stalls, heard, *at));
                openings.extend(since.take().map(|from| (from, heard)));
            }
            AtRedis::Unknown => openings.extend(since.take().map(|from| (from, *at))),
            _ => {}
        }
    }
    openings.extend(since.map(|from| (from, history.healed)));
    openings
}

/// Returns the episodes of all breakers.
fn episodes(history: &History) -> Vec<Episode> {
    let disturbed = disturbed(history);
    [&BUSY, &RARE]
        .into_iter()
        .flat_map(|breaker| of_breaker(history, breaker, &disturbed))
        .collect()
}

fn of_breaker(
    history: &History,
    breaker: &'static Shared,
    disturbed: &[(u64, u64)],
) -> Vec<Episode> {
    let is_probe = |served: &&Served| served.call.breaker == breaker && served.call.by == By::Probe;
    let mut probes: Vec<_> = history.served.iter().filter(is_probe).collect();
    probes.sort_by_key(|served| served.from);
    let mut episodes = Vec::<(u64, u64, Vec<&Served>)>::new();
    for probe in probes {
        match episodes.last_mut() {
            Some((_, to, of_episode)) if probe.from < *to + EPISODE_ENDS => {
                *to = probe.to.max(*to);
                of_episode.push(probe);
            }
            _ => episodes.push((probe.from, probe.to, vec![probe])),
        }
    }
    let judge = |(from, to, probes): (u64, u64, Vec<&Served>)| {
        let under_way = |at: u64| probes.iter().filter(|it| it.from <= at && at < it.to).count();
        let is_late = |(at, what): &&(u64, AtRedis)| {
            *what == AtRedis::Late(breaker) && (from..to + AFTERWARDS).contains(at)
        };
        let before = from.saturating_sub(micros(RECOVERY));
        Episode {
            breaker,
            from,
            to,
            probes: probes.len(),
            // The maximum is reached when a probe begins.
            most: probes.iter().map(|probe| under_way(probe.from)).max().unwrap_or(0),
            late: history.at_redis.iter().filter(is_late).count(),
            is_undisturbed: longest_overlap(disturbed, before, to).is_none(),
        }
    };
    episodes.into_iter().map(judge).collect()
}

fn longest_overlap(spans: &[(u64, u64)], from: u64, to: u64) -> Option<&(u64, u64)> {
    spans.iter().find(|span| span.0 <= to && span.1 >= from)
}

/// Returns the spans in which anything but the dependency was disturbed.
fn disturbed(history: &History) -> Vec<(u64, u64)> {
    let mut spans: Vec<_> = history.faults.iter().map(|fault| (fault.from, fault.to)).collect();
    let long = |stalls: Vec<(u64, u64)>| stalls.into_iter().filter(|it| it.1 - it.0 > LONG_STALL);
    spans.extend(long(history.stalls.clone()));
    for instance in &history.instances {
        spans.extend(alone(instance, history.began));
        spans.extend(long(instance.stalls()));
    }
    spans.into_iter().map(|(from, to)| (from, to.saturating_add(AFTERWARDS))).collect()
}

/// Returns the spans in which an instance acted alone, or may not have noticed a loss yet.
fn alone(instance: &OfInstance, began: u64) -> Vec<(u64, u64)> {
    let mut alone = Vec::new();
    let mut since = began;
    for (from, to) in instance.coordinated() {
        alone.push((since, from));
        since = to.saturating_sub(NOTICE);
    }
    if since < u64::MAX - NOTICE {
        alone.push((since, u64::MAX));
    }
    alone
}
