//! Each invariant is reported exactly where it is violated.

use super::*;
use crate::history::Fault;
use crate::settings::INSTANCES;

const SECOND: u64 = 1_000_000;
const MILLI: u64 = 1_000;

/// Returns the history of instances that act with their fleet from the second second on.
fn history() -> History {
    let coordinated = OfInstance { reports: vec![found(2 * SECOND)], ..OfInstance::default() };
    History { instances: vec![coordinated; INSTANCES], healed: 60 * SECOND, ..History::default() }
}

fn found(at: u64) -> Report {
    Report::Found { at }
}

fn served(instance: usize, by: By, from: u64, to: u64) -> Served {
    Served { call: Call { instance, breaker: &BUSY, asked: from, by }, from, to }
}

/// Returns the kinds of the violations.
fn broken(history: &History) -> Vec<String> {
    let kind = |violation: &String| violation.split(' ').next().unwrap_or_default().to_owned();
    check(history).violations.iter().map(kind).collect()
}

/// Adds this many overlapping probes in the tenth second.
fn probe(history: &mut History, probes: usize) {
    for instance in 0..probes {
        let from = 10 * SECOND + instance as u64 * MILLI;
        history.served.push(served(instance, By::Probe, from, from + 100 * MILLI));
    }
}

#[test]
fn more_probes_than_places_are_found() {
    let mut few = history();
    probe(&mut few, PLACES);
    assert_eq!(broken(&few), [""; 0]);
    assert_eq!(check(&few).episodes[0].most, PLACES);
    let mut many = history();
    probe(&mut many, PLACES + 1);
    assert_eq!(broken(&many), ["(a)"]);
}

#[test]
fn probes_one_after_another_are_not_at_once() {
    let mut history = history();
    for number in 0..10 {
        let from = 10 * SECOND + number * 100 * MILLI;
        history.served.push(served(0, By::Probe, from, from + 100 * MILLI));
    }
    let findings = check(&history);
    assert_eq!((findings.episodes.len(), findings.episodes[0].most), (1, 1));
}

#[test]
fn a_late_probe_may_be_one_more() {
    let mut history = history();
    probe(&mut history, PLACES + 1);
    history.at_redis.push((10 * SECOND + 50 * MILLI, AtRedis::Late(&RARE)));
    assert_eq!(broken(&history), ["(a)"]);
    history.at_redis.push((10 * SECOND + 50 * MILLI, AtRedis::Late(&BUSY)));
    assert_eq!(broken(&history), [""; 0]);
}

#[test]
fn probes_do_not_count_while_something_else_is_wrong() {
    let disturbances: [fn(&mut History); 4] = [
        |history| {
            let (from, to) = (9 * SECOND, 9 * SECOND);
            history.faults.push(Fault { what: "Flush".to_owned(), from, to });
        },
        |history| history.instances[7].reports.push(Report::Lost { at: 12 * SECOND }),
        |history| history.instances[7].reports[0] = found(11 * SECOND),
        |history| history.stalls.push((9 * SECOND, 10 * SECOND)),
    ];
    for disturb in disturbances {
        let mut history = history();
        probe(&mut history, 8);
        disturb(&mut history);
        let findings = check(&history);
        assert!(findings.violations.is_empty(), "{findings:?}");
        assert!(!findings.episodes[0].is_undisturbed);
    }
}

/// Returns a history with a call of a closed breaker this long after the fleet opened it.
fn called_after(late: u64) -> History {
    let mut history = history();
    history.at_redis.push((10 * SECOND, AtRedis::Opened(&BUSY)));
    history.at_redis.push((20 * SECOND, AtRedis::Closed(&BUSY)));
    let from = 10 * SECOND + late;
    history.served.push(served(3, By::Closed, from, from + MILLI));
    history
}

#[test]
fn calls_after_an_opening_are_found() {
    assert_eq!(broken(&called_after(249 * MILLI)), [""; 0]);
    assert_eq!(check(&called_after(249 * MILLI)).latest, 249 * MILLI);
    assert_eq!(broken(&called_after(251 * MILLI)), ["(b)"]);
    assert_eq!(broken(&called_after(9 * SECOND)), ["(b)"]);
    // It has closed by then, or is about to.
    assert_eq!(broken(&called_after(11 * SECOND)), [""; 0]);
    assert_eq!(broken(&called_after(10 * SECOND - MILLI)), [""; 0]);
}

#[test]
fn a_stall_of_the_caller_excuses_as_long_a_delay() {
    let mut history = called_after(400 * MILLI);
    let stalled = |to| Report::Stalled { from: 10 * SECOND, to: 10 * SECOND + to };
    history.instances[4].reports.push(stalled(200 * MILLI));
    assert_eq!(broken(&history), ["(b)"]);
    history.instances[3].reports.push(stalled(100 * MILLI));
    assert_eq!(broken(&history), ["(b)"]);
    history.instances[3].reports.push(stalled(160 * MILLI));
    assert_eq!(broken(&history), [""; 0]);
}

#[test]
fn an_instance_that_is_alone_does_not_know_of_openings() {
    let mut history = called_after(SECOND);
    history.instances[3].reports.push(Report::Lost { at: 13 * SECOND });
    assert_eq!(broken(&history), [""; 0]);
    // If it was found just before the call, it has as much time as after an opening.
    history.instances[3].reports[1] = Report::Lost { at: 5 * SECOND };
    history.instances[3].reports.push(found(10 * SECOND + 800 * MILLI));
    assert_eq!(broken(&history), [""; 0]);
    history.instances[3].reports[2] = found(10 * SECOND + 700 * MILLI);
    assert_eq!(broken(&history), ["(b)"]);
}

#[test]
fn what_redis_has_lost_is_not_known() {
    let mut history = called_after(SECOND);
    history.at_redis.insert(1, (10 * SECOND + 500 * MILLI, AtRedis::Unknown));
    assert_eq!(broken(&history), [""; 0]);
}

#[test]
fn what_instances_have_found_is_passed_on() {
    let mut history = history();
    let (at, breaker) = (10 * SECOND, &BUSY);
    let differs = Report::Differs { at, breaker, how: "admits".to_owned() };
    history.instances[1].reports.push(differs);
    assert_eq!(broken(&history), ["(c)"]);
}

#[test]
fn slow_admissions_are_found() {
    let slow = |processor_nanos, wall_micros| {
        let mut history = history();
        let (at, breaker) = (10 * SECOND, &BUSY);
        let report = Report::Slow { at, breaker, processor_nanos, wall_micros };
        history.instances[1].reports.push(report);
        history
    };
    // One may be an interrupt.
    let mut expensive = slow(1_000_001, 2);
    assert_eq!(broken(&expensive), [""; 0]);
    let again = expensive.instances[1].reports[1].clone();
    expensive.instances[2].reports.push(again);
    assert_eq!(broken(&expensive), ["(d)"; 2]);
    assert_eq!(broken(&slow(2, 251 * MILLI)), ["(d)"]);
    // The whole process did not run.
    let mut stalled = slow(2, 251 * MILLI);
    let stall = Report::Stalled { from: 10 * SECOND, to: 10 * SECOND + 200 * MILLI };
    stalled.instances[1].reports.push(stall);
    assert_eq!(broken(&stalled), [""; 0]);
}

#[test]
fn breakers_that_stay_open_and_instances_that_end_are_found() {
    let mut history = history();
    history.not_closed = Some((80 * SECOND, vec!["busy of 3 is OPEN".to_owned()]));
    assert_eq!(broken(&history), ["(e)"]);
    history.instances[2].ended = Some(30 * SECOND);
    assert_eq!(broken(&history), ["(e)", "instance"]);
}
