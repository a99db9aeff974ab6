//! The figures of each contestant.

use std::fs;
use std::path::Path;

use scenarios::drivers::Driver;
use scenarios::median::Spread;
use scenarios::scenario::Scenario;
use scenarios::set_up::SetUp;
use scenarios::shared::Load;

use crate::measure;
use crate::table::Table;

/// The figures of one contestant under one driver.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Under {
    pub(crate) instructions: Option<f64>,
    pub(crate) nanos: Option<Spread>,
    pub(crate) ratio: Option<Spread>,
    pub(crate) allocations: Option<f64>,
}

/// The figures of one contestant in one scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) scenario: Scenario,
    pub(crate) name: String,
    pub(crate) noop: Under,
    pub(crate) tokio: Under,
}

/// The instructions of a contestant of ours in a set-up other than `nobody`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InSetUp {
    pub(crate) set_up: SetUp,
    pub(crate) scenario: Scenario,
    pub(crate) name: String,
    pub(crate) driver: String,
    pub(crate) instructions: f64,
}

/// Returns whether it is the plain call, a baseline or code by hand, and therefore not a library.
pub(crate) fn is_no_library(name: &str) -> bool {
    let baselines = ["nothing-shared", "one-fetch-add", "std-instant", "tokio-instant"];
    baselines.contains(&name) || name.starts_with("plain") || name.starts_with("by-hand")
}

/// The rate of one breaker under a number of threads.
pub(crate) struct Rate {
    pub(crate) name: String,
    pub(crate) threads: usize,
    pub(crate) millions: Spread,
    pub(crate) ratio: f64,
}

/// The size of one future.
pub(crate) struct FutureSize {
    pub(crate) shape: String,
    pub(crate) argument: String,
    pub(crate) name: String,
    pub(crate) bytes: f64,
}

/// All measurements.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) entries: Vec<Entry>,
    /// The figures of retry-utils in the other set-ups.
    pub(crate) in_set_ups: Vec<InSetUp>,
    /// Facts about the machine and the tools.
    pub(crate) machine: Table,
    threads: Table,
    set_up_threads: Table,
    sizes: Table,
    /// Measurements by other programs, by name.
    pub(crate) others: Vec<(String, Table)>,
}

impl Figures {
    /// Reads the output of the measurements from their folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let mut figures = Self {
            machine: Table::read(&folder.join(measure::MACHINE))?,
            threads: Table::read(&folder.join(measure::THREADS))?,
            set_up_threads: Table::read(&folder.join(measure::SET_UP_THREADS))?,
            sizes: Table::read(&folder.join(measure::SIZES))?,
            others: measurements_made_elsewhere(folder)?,
            ..Self::default()
        };
        figures.add(&folder.join(measure::TIME), |under, table, row| {
            under.nanos = Some(spread(table, row, ["nanoseconds", "lower", "upper"])?);
            under.ratio = Some(spread(table, row, ["ratio", "ratio-lower", "ratio-upper"])?);
            Ok(())
        })?;
        figures.add_instructions(&Table::read(&folder.join(measure::INSTRUCTIONS))?)?;
        figures.add(&folder.join(measure::ALLOCATIONS), |under, table, row| {
            under.allocations = Some(table.number(row, "allocations")?);
            Ok(())
        })?;
        Ok(figures)
    }

    /// Returns the rates under a load.
    pub(crate) fn rates(&self, load: Load) -> Result<Vec<Rate>, String> {
        Ok(rates(&self.threads, load)?.into_iter().map(|(_, rate)| rate).collect())
    }

    /// Returns the rates under a load in the set-ups, each with the name of its set-up.
    pub(crate) fn set_up_rates(&self, load: Load) -> Result<Vec<(String, Rate)>, String> {
        let table = &self.set_up_threads;
        let rates = rates(table, load)?.into_iter();
        rates.map(|(row, rate)| Ok((table.cell(row, "set-up")?.to_owned(), rate))).collect()
    }

    /// Returns the sizes of futures.
    pub(crate) fn bytes(&self) -> Result<Vec<FutureSize>, String> {
        let table = &self.sizes;
        let read = |row: &Vec<String>| {
            Ok(FutureSize {
                shape: table.cell(row, "shape")?.to_owned(),
                argument: table.cell(row, "argument")?.to_owned(),
                name: table.cell(row, "contestant")?.to_owned(),
                bytes: table.number(row, "bytes")?,
            })
        };
        table.rows.iter().map(read).collect()
    }

    /// Returns the entries of a scenario, starting with the fewest instructions.
    pub(crate) fn of(&self, scenario: Scenario) -> Vec<&Entry> {
        let mut entries: Vec<_> =
            self.entries.iter().filter(|entry| entry.scenario == scenario).collect();
        let rank = |entry: &Entry| entry.tokio.instructions.unwrap_or(f64::INFINITY);
        entries.sort_by(|one, other| rank(one).total_cmp(&rank(other)));
        entries
    }

    /// Adds instructions to the entries. Those of other set-ups are kept separately.
    fn add_instructions(&mut self, table: &Table) -> Result<(), String> {
        for row in &table.rows {
            let id = table.cell(row, "set-up")?;
            let set_up = SetUp::by_id(id).ok_or_else(|| format!("unknown set-up `{id}`"))?;
            let instructions = table.number(row, "instructions")?;
            if set_up == SetUp::Nobody {
                self.under(table, row)?.instructions = Some(instructions);
                continue;
            }
            let scenario = scenario(table, row)?;
            let name = table.cell(row, "contestant")?.to_owned();
            let driver = table.cell(row, "driver")?.to_owned();
            self.in_set_ups.push(InSetUp { set_up, scenario, name, driver, instructions });
        }
        Ok(())
    }

    fn add(
        &mut self,
        file: &Path,
        set: impl Fn(&mut Under, &Table, &[String]) -> Result<(), String>,
    ) -> Result<(), String> {
        let table = Table::read(file)?;
        let named = |error| format!("{}: {error}", file.display());
        for row in &table.rows {
            let under = self.under(&table, row).map_err(named)?;
            set(under, &table, row).map_err(named)?;
        }
        Ok(())
    }

    /// Returns the figures for a row, creating them for the first row of a contestant.
    fn under(&mut self, table: &Table, row: &[String]) -> Result<&mut Under, String> {
        let scenario = scenario(table, row)?;
        let name = table.cell(row, "contestant")?;
        let there =
            self.entries.iter().position(|entry| entry.scenario == scenario && entry.name == name);
        let at = there.unwrap_or_else(|| {
            let (noop, tokio) = (Under::default(), Under::default());
            self.entries.push(Entry { scenario, name: name.to_owned(), noop, tokio });
            self.entries.len() - 1
        });
        let driver = table.cell(row, "driver")?;
        let entry = &mut self.entries[at];
        Ok(if driver == Driver::Noop.id() { &mut entry.noop } else { &mut entry.tokio })
    }
}

/// Returns the rates under a load, each with its row.
fn rates(table: &Table, load: Load) -> Result<Vec<(&[String], Rate)>, String> {
    let mut rates = Vec::new();
    for row in &table.rows {
        if table.cell(row, "load")? == load.id() {
            let threads = table.cell(row, "threads")?;
            let rate = Rate {
                name: table.cell(row, "contestant")?.to_owned(),
                threads: threads.parse().map_err(|_| format!("`threads` is `{threads}`"))?,
                millions: spread(table, row, ["million-calls", "lower", "upper"])?,
                ratio: table.number(row, "ratio")?,
            };
            rates.push((row.as_slice(), rate));
        }
    }
    Ok(rates)
}

fn scenario(table: &Table, row: &[String]) -> Result<Scenario, String> {
    let id = table.cell(row, "scenario")?;
    Scenario::by_id(id).ok_or_else(|| format!("unknown scenario `{id}`"))
}

fn spread(
    table: &Table,
    row: &[String],
    [median, lower, upper]: [&str; 3],
) -> Result<Spread, String> {
    Ok(Spread {
        median: table.number(row, median)?,
        lower: table.number(row, lower)?,
        upper: table.number(row, upper)?,
    })
}

/// Reads tables of other measurements in the same folder, such as `build-hello.tsv` and
/// `python.tsv`. Each has a line of headings and, above it, notes after `#`, of which the first is
/// the title. Each becomes a section without changes.
fn measurements_made_elsewhere(folder: &Path) -> Result<Vec<(String, Table)>, String> {
    let named = |error| format!("{}: {error}", folder.display());
    let mut others = Vec::new();
    for file in fs::read_dir(folder).map_err(named)? {
        let path = file.map_err(named)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".tsv")
            && !measure::FILES.contains(&name.as_str())
        {
            others.push((stem.to_owned(), Table::read(&path)?));
        }
    }
    others.sort_by(|one, other| one.0.cmp(&other.0));
    let titled = |(stem, mut table): (String, Table)| {
        let title = if table.notes.is_empty() { stem } else { table.notes.remove(0) };
        (title, table)
    };
    Ok(others.into_iter().map(titled).collect())
}
