//! Eight processes share breakers while everything fails that can fail.
//!
//! The parent is the dependency, so it sees each call. At random, it stops, kills and flushes
//! Redis, cuts and silences connections, and stops and kills the other processes. Afterwards the
//! invariants are checked on the parent's observations and the instances' reports: see `check`, and
//! `alone` for the breakers of instances without Redis.
//!
//! | variable | content |
//! |---|---|
//! | `FLEET_SEED` | repeats the faults of a run, except for differences in timing |
//! | `FLEET_CHAOS_SECONDS` | the duration of faults; 20 by default |
//! | `FLEET_CHAOS_TRACE` | the file for a trace of all events, in order of time |
//!
//! | file | content |
//! |---|---|
//! | `drive` | one run |
//! | `faults`, `dependency`, `processes`, `monitor` | the parent's parts |
//! | `instance`, `alone` | a process that shares breakers |
//! | `settings`, `report`, `clock` | shared by both |
//! | `history`, `check`, `trace` | the history and its evaluation |

mod alone;
mod check;
mod clock;
mod dependency;
mod drive;
mod faults;
mod history;
mod instance;
mod monitor;
mod processes;
mod report;
mod settings;
mod trace;

use std::env;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use check::{Findings, check};
use clock::seconds;
use drive::Plan;
use history::History;
use instance::Role;

/// The maximum number of runs of a test. A run in which the machine stalls constantly proves
/// nothing.
const RUNS: usize = 3;

/// Two tests that run simultaneously would slow each other down.
fn alone_on_the_machine() -> MutexGuard<'static, ()> {
    static RUN: Mutex<()> = Mutex::new(());
    RUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Not a test: the other tests run it in separate processes.
#[test]
#[ignore = "run by other tests, in processes of their own"]
fn instance() {
    if let Some(role) = Role::from_variable() {
        instance::run(role);
    }
}

#[test]
fn breakers_keep_their_promises_in_chaos() {
    let _alone = alone_on_the_machine();
    let number = |name: &str| env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seed = number("FLEET_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let seconds = number("FLEET_CHAOS_SECONDS").unwrap_or(20);
    let lasts = Duration::from_secs(seconds);
    for _ in 0..RUNS {
        println!("FLEET_SEED={seed} FLEET_CHAOS_SECONDS={seconds}");
        let history = Plan { seed, lasts, is_broken: false }.run();
        let findings = check(&history);
        show(&history, &findings);
        trace::write(&history);
        assert!(findings.violations.is_empty(), "seed {seed}: {:#?}", findings.violations);
        let undisturbed = findings.episodes.iter().filter(|episode| episode.is_undisturbed);
        if findings.judged > 0 && undisturbed.count() > 0 {
            return;
        }
    }
    panic!("seed {seed}: the machine is too busy: no episode could be judged");
}

/// A test of the checks.
#[test]
fn instances_that_break_rules_are_noticed() {
    let _alone = alone_on_the_machine();
    let lasts = Duration::from_secs(7);
    for _ in 0..RUNS {
        let history = Plan { seed: 1, lasts, is_broken: true }.run();
        let findings = check(&history);
        show(&history, &findings);
        let is_noticed =
            |kind: &str| findings.violations.iter().any(|violation| violation.starts_with(kind));
        if is_noticed("(a)") && is_noticed("(b)") {
            return;
        }
    }
    panic!("too many probes and calls of open breakers were not noticed");
}

fn show(history: &History, findings: &Findings) {
    for fault in &history.faults {
        println!(
            "{:8.3} to {:8.3} s  {}",
            seconds(fault.from - history.began),
            seconds(fault.to - history.began),
            fault.what
        );
    }
    let of_counts = |count: fn(&report::Counts) -> u64| {
        let all = history.instances.iter().flat_map(|instance| &instance.counts);
        all.map(count).collect::<Vec<_>>()
    };
    let sum = |count| of_counts(count).into_iter().sum::<u64>();
    let most = |count| of_counts(count).into_iter().max().unwrap_or(0);
    let told = |is: fn(&report::Report) -> bool| {
        history.instances.iter().flat_map(|it| &it.reports).filter(|it| is(it)).count()
    };
    let episodes = &findings.episodes;
    println!("calls {}", history.served.len());
    println!(
        "episodes {}, undisturbed {}",
        episodes.len(),
        episodes.iter().filter(|episode| episode.is_undisturbed).count()
    );
    for breaker in [&settings::BUSY, &settings::RARE] {
        let of = || episodes.iter().filter(|episode| episode.breaker == breaker);
        let undisturbed = of().filter(|episode| episode.is_undisturbed);
        println!(
            "{}: probes {}, most at once {}, undisturbed {}, late {}",
            breaker.name,
            of().map(|episode| episode.probes).sum::<usize>(),
            of().map(|episode| episode.most).max().unwrap_or(0),
            undisturbed.map(|episode| episode.most).max().unwrap_or(0),
            of().map(|episode| episode.late).sum::<usize>(),
        );
    }
    println!(
        "openings {}, instances judged after them {}, latest call {} us, trips {}",
        findings.openings,
        findings.judged,
        findings.latest,
        sum(|counts| counts.trips)
    );
    println!("admissions {}", sum(|counts| counts.admissions));
    println!(
        "slowest admission {} ns, of a breaker without a fleet {} ns",
        most(|counts| counts.slowest),
        most(|counts| counts.slowest_control)
    );
    println!("calls compared while alone {}", sum(|counts| counts.compared));
    println!(
        "lost {}, found {}, longest stall {} us",
        told(|it| matches!(it, report::Report::Lost { .. })),
        told(|it| matches!(it, report::Report::Found { .. })),
        history
            .instances
            .iter()
            .flat_map(history::OfInstance::stalls)
            .map(|it| it.1 - it.0)
            .max()
            .unwrap_or(0)
    );
}
