//! Runs the binaries, and keeps what they print.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use scenarios::callgrind::{self, Subject};
use scenarios::contestant::BARE;
use scenarios::drivers::Driver;
use scenarios::scenario::Scenario;
use scenarios::set_up::SetUp;
use scenarios::shared;
use scenarios::timing::REFERENCE;

use crate::Folders;
use crate::figures::is_ours;
use crate::machine;
use crate::table::Table;

/// The files that this module writes; any other in the same folder is another measurement's.
pub(crate) const INSTRUCTIONS: &str = "instructions.tsv";
pub(crate) const TIME: &str = "time.tsv";
pub(crate) const THREADS: &str = "threads.tsv";
pub(crate) const SIZES: &str = "sizes.tsv";
pub(crate) const ALLOCATIONS: &str = "allocations.tsv";
pub(crate) const MACHINE: &str = "machine.tsv";
pub(crate) const LISTENED_THREADS: &str = "listened-threads.tsv";
pub(crate) const OURS: [&str; 7] =
    [INSTRUCTIONS, TIME, THREADS, SIZES, ALLOCATIONS, MACHINE, LISTENED_THREADS];

/// The binaries that measure.
struct Binaries {
    own: PathBuf,
    observed: PathBuf,
    all: PathBuf,
    test_clocked: PathBuf,
}

/// Measures everything. What takes a clock comes first, while nothing else runs.
pub(crate) fn everything(folders: &Folders) -> Result<(), String> {
    let folder = &folders.measurements;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let binary = |name: &str| folders.binaries.join(name);
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
    keep(LISTENED_THREADS, listened_threads(&binaries)?)?;
    keep(SIZES, of_both(&binaries, &["sizes"])?)?;
    keep(ALLOCATIONS, printed(&binary("allocations"), &[])?)?;
    keep(INSTRUCTIONS, instructions(&binaries, folder)?)
}

/// What a command prints of all contestants: those that bring a test clock have their own binary,
/// where the plain call stands beside them again.
fn of_both(binaries: &Binaries, command: &[&str]) -> Result<String, String> {
    let mut text = printed(&binaries.all, command)?;
    let others = printed(&binaries.test_clocked, command)?;
    for line in others.lines().skip(1).filter(|line| !line.contains(REFERENCE)) {
        text.push_str(line);
        text.push('\n');
    }
    Ok(text)
}

/// Rates of our breaker and of one by hand under several threads, in each set-up with a recorder.
fn listened_threads(binaries: &Binaries) -> Result<String, String> {
    let mut text = String::new();
    for set_up in SetUp::ALL {
        let binary = match set_up {
            SetUp::Nobody => &binaries.own,
            set_up if set_up.has_recorder() => &binaries.observed,
            _ => continue,
        };
        let command = ["--set-up", set_up.id(), "threads", OURS_ALONE, shared::REFERENCE];
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

/// The contestant that is measured under threads in each set-up.
const OURS_ALONE: &str = "retry-utils";

/// Instructions of all contestants. Ours and those by hand come from binaries that link no peer,
/// because the features that a peer asks for would change the libraries they share.
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
        let listens = own.iter().filter(|subject| listens(set_up, subject));
        subjects.extend(
            listens.map(|subject| (binary.as_path(), Subject { set_up, ..subject.clone() })),
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

/// Whether a contestant is measured in a set-up. Nobody but ours makes events. Where none happen,
/// one set-up shows what that costs.
fn listens(set_up: SetUp, subject: &Subject) -> bool {
    is_ours(&subject.contestant)
        && !subject.contestant.ends_with(BARE)
        && (subject.scenario.has_events() || set_up == SetUp::Both)
}

/// Scenario and name.
#[derive(PartialEq, Eq, Hash)]
struct Key(Scenario, String);

impl From<&Subject> for Key {
    fn from(subject: &Subject) -> Self {
        Self(subject.scenario, subject.contestant.clone())
    }
}

/// What a binary lists, under each driver that it has.
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

/// What a binary prints to its standard output.
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
