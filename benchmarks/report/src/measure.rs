//! Runs the binaries, and keeps what they print.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use scenarios::callgrind::{self, Subject};
use scenarios::drivers::Driver;
use scenarios::scenario::Scenario;

use crate::Folders;
use crate::machine;
use crate::table::Table;

/// The files that this module writes; any other in the same folder is another measurement's.
pub(crate) const INSTRUCTIONS: &str = "instructions.tsv";
pub(crate) const TIME: &str = "time.tsv";
pub(crate) const THREADS: &str = "threads.tsv";
pub(crate) const SIZES: &str = "sizes.tsv";
pub(crate) const ALLOCATIONS: &str = "allocations.tsv";
pub(crate) const MACHINE: &str = "machine.tsv";
pub(crate) const OURS: [&str; 6] = [INSTRUCTIONS, TIME, THREADS, SIZES, ALLOCATIONS, MACHINE];

/// Measures everything. What takes a clock comes first, while nothing else runs.
pub(crate) fn everything(folders: &Folders) -> Result<(), String> {
    let folder = &folders.measurements;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let (own, all) = (folders.binaries.join("own"), folders.binaries.join("all"));
    let keep = |file: &str, text: String| {
        let file = folder.join(file);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
    };
    keep(MACHINE, machine::facts())?;
    keep(TIME, printed(&all, &["time"])?)?;
    keep(THREADS, printed(&all, &["threads"])?)?;
    keep(SIZES, printed(&all, &["sizes"])?)?;
    keep(ALLOCATIONS, printed(&folders.binaries.join("allocations"), &[])?)?;
    keep(INSTRUCTIONS, instructions(&own, &all, folder)?)
}

/// Instructions of all contestants: of ours and those by hand from the binary that links no peer, whose features would
/// change the libraries they share.
fn instructions(own: &Path, all: &Path, folder: &Path) -> Result<String, String> {
    let in_own: HashSet<_> = listed(own, folder)?.into_iter().map(Key::from).collect();
    let mut text = String::from("scenario\tcontestant\tdriver\tinstructions\n");
    let subjects = listed(all, folder)?;
    for (at, subject) in subjects.iter().enumerate() {
        let binary = if in_own.contains(&Key::from(subject.clone())) { own } else { all };
        let count = callgrind::per_call(binary, subject).map_err(|error| error.to_string())?;
        let (scenario, driver) = (subject.scenario.id(), subject.driver.id());
        let name = &subject.contestant;
        eprintln!("{} of {}: {scenario} {name} {driver} {count:.1}", at + 1, subjects.len());
        text.push_str(&format!("{scenario}\t{name}\t{driver}\t{count:.1}\n"));
    }
    Ok(text)
}

/// Scenario and name.
#[derive(PartialEq, Eq, Hash)]
struct Key(Scenario, String);

impl From<Subject> for Key {
    fn from(subject: Subject) -> Self {
        Self(subject.scenario, subject.contestant)
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
        let waits = list.cell(row, "noop")? == "no";
        for driver in Driver::ALL {
            if list.cell(row, driver.id())? == "yes" {
                let contestant = list.cell(row, "contestant")?.to_owned();
                subjects.push(Subject { scenario, contestant, driver, waits });
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
