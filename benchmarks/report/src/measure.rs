//! Runs the binaries, and saves their output.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use scenarios::callgrind::{self, Subject};
use scenarios::contestant::{OURS, is_bare, is_ours};
use scenarios::drivers::Driver;
use scenarios::scenario::Scenario;
use scenarios::set_up::SetUp;
use scenarios::timing::REFERENCE;

use crate::machine;
use crate::table::Table;

/// The files that this module writes. Other measurements write other files to the same folder.
pub(crate) const INSTRUCTIONS: &str = "instructions.tsv";
pub(crate) const TIME: &str = "time.tsv";
pub(crate) const THREADS: &str = "threads.tsv";
pub(crate) const SIZES: &str = "sizes.tsv";
pub(crate) const ALLOCATIONS: &str = "allocations.tsv";
pub(crate) const MACHINE: &str = "machine.tsv";
pub(crate) const SET_UP_THREADS: &str = "set-up-threads.tsv";
pub(crate) const FILES: [&str; 7] =
    [INSTRUCTIONS, TIME, THREADS, SIZES, ALLOCATIONS, MACHINE, SET_UP_THREADS];

/// The measuring binaries.
struct Binaries {
    own: PathBuf,
    observed: PathBuf,
    all: PathBuf,
    test_clocked: PathBuf,
}

/// Runs the binaries of a folder, and writes their output to another folder. Times come first,
/// while nothing else runs.
pub(crate) fn everything(binaries: &Path, folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let binary = |name: &str| binaries.join(name);
    let binaries = Binaries {
        own: binary("own"),
        observed: binary("observed"),
        all: binary("all"),
        test_clocked: binary("test-clocked"),
    };
    let keep = |file: &str, text: String| {
        let file = folder.join(file);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    };
    keep(MACHINE, machine::facts())?;
    keep(TIME, of_both(&binaries, &["time"])?)?;
    keep(THREADS, printed(&binaries.all, &["threads"])?)?;
    keep(SET_UP_THREADS, set_up_threads(&binaries)?)?;
    keep(SIZES, of_both(&binaries, &["sizes"])?)?;
    keep(ALLOCATIONS, printed(&binary("allocations"), &[])?)?;
    keep(INSTRUCTIONS, instructions(&binaries, folder)?)
}

/// Returns the output of a command for all contestants. Those that enable the test clock have a
/// separate binary, whose plain call is left out here.
fn of_both(binaries: &Binaries, command: &[&str]) -> Result<String, String> {
    let mut text = printed(&binaries.all, command)?;
    let others = printed(&binaries.test_clocked, command)?;
    for line in others.lines().skip(1).filter(|line| !line.contains(REFERENCE)) {
        text.push_str(line);
        text.push('\n');
    }
    Ok(text)
}

/// Returns the rates of retry-utils and of the breaker by hand under several threads: in the set-up
/// `nobody`, and in each with a recorder.
fn set_up_threads(binaries: &Binaries) -> Result<String, String> {
    let mut text = String::new();
    for set_up in SetUp::ALL {
        let binary = match set_up {
            SetUp::Nobody => &binaries.own,
            set_up if set_up.has_recorder() => &binaries.observed,
            _ => continue,
        };
        let command = ["--set-up", set_up.id(), "threads", OURS];
        let rates = printed(binary, &command)?;
        for (at, line) in rates.lines().enumerate() {
            match at {
                0 if text.is_empty() => text.push_str(&format!("set-up\t{line}\n")),
                0 => {}
                _ => text.push_str(&format!("{}\t{line}\n", set_up.id())),
            }
        }
    }
    Ok(text)
}

/// Counts the instructions of all contestants. Those of retry-utils and of code by hand come from
/// binaries without peers, because a peer may enable features of shared libraries.
fn instructions(binaries: &Binaries, folder: &Path) -> Result<String, String> {
    let own = listed(&binaries.own, folder)?;
    let in_own: HashSet<_> = own.iter().map(Key::from).collect();
    let mut subjects: Vec<(&Path, Subject)> =
        own.iter().map(|subject| (binaries.own.as_path(), subject.clone())).collect();
    for binary in [&binaries.all, &binaries.test_clocked] {
        let others = listed(binary, folder)?.into_iter();
        let others = others.filter(|subject| !in_own.contains(&Key::from(subject)));
        subjects.extend(others.map(|subject| (binary.as_path(), subject)));
    }
    for set_up in SetUp::ALL.into_iter().skip(1) {
        let binary = if set_up == SetUp::FmtInfo { &binaries.own } else { &binaries.observed };
        let measured = own.iter().filter(|subject| is_measured(set_up, subject));
        subjects.extend(
            measured.map(|subject| (binary.as_path(), Subject { set_up, ..subject.clone() })),
        );
    }
    eprintln!("instructions of {} calls", subjects.len());
    let counts = callgrind::all(&subjects).map_err(|error| error.to_string())?;
    let mut text = String::from("set-up\tscenario\tcontestant\tdriver\tinstructions\n");
    for ((_, subject), count) in subjects.iter().zip(counts) {
        let (set_up, scenario) = (subject.set_up.id(), subject.scenario.id());
        let (name, driver) = (&subject.contestant, subject.driver.id());
        text.push_str(&format!("{set_up}\t{scenario}\t{name}\t{driver}\t{count:.1}\n"));
    }
    Ok(text)
}

/// Returns whether a contestant is measured in a set-up other than `nobody`. Only retry-utils emits
/// events.
fn is_measured(set_up: SetUp, subject: &Subject) -> bool {
    is_ours(&subject.contestant)
        && !is_bare(&subject.contestant)
        && (subject.scenario.has_failures() || set_up == SetUp::Both)
}

/// The scenario and the name of a contestant.
#[derive(PartialEq, Eq, Hash)]
struct Key(Scenario, String);

impl From<&Subject> for Key {
    fn from(subject: &Subject) -> Self {
        Self(subject.scenario, subject.contestant.clone())
    }
}

/// Returns the contestants that a binary lists, once for each of their drivers.
fn listed(binary: &Path, folder: &Path) -> Result<Vec<Subject>, String> {
    let file = folder.join("list");
    fs::write(&file, printed(binary, &["list"])?)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    let list = Table::read(&file)?;
    let mut subjects = Vec::new();
    for row in &list.rows {
        let id = list.cell(row, "scenario")?;
        let scenario = Scenario::by_id(id).ok_or_else(|| format!("unknown scenario `{id}`"))?;
        let waits = list.cell(row, "waits")? == "yes";
        for driver in Driver::ALL {
            if driver == Driver::Tokio || list.cell(row, "noop")? == "yes" {
                let contestant = list.cell(row, "contestant")?.to_owned();
                let set_up = SetUp::Nobody;
                subjects.push(Subject { set_up, scenario, contestant, driver, waits });
            }
        }
    }
    Ok(subjects)
}

/// Returns the standard output of a binary.
fn printed(binary: &Path, arguments: &[&str]) -> Result<String, String> {
    let shown = format!("{} {}", binary.display(), arguments.join(" "));
    eprintln!("{shown}");
    let output =
        Command::new(binary).args(arguments).stderr(Stdio::inherit()).output().map_err(
            |error| format!("{shown}: {error}; `benchmarks/run` builds what is measured"),
        )?;
    if !output.status.success() {
        return Err(format!("{shown}: {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
