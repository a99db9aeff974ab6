//! The cost of both attributes in a typical project: user time of cold builds, and of builds after
//! an edit.
//!
//! Commands run with one job, because simultaneous jobs change each other's processor time. For the
//! check after an edit the instructions are counted too: unlike times, they are the same in each
//! run.

use crate::failure::{Result, of_file};
use crate::figures::{Spread, Table};
use crate::project::{CpuSeconds, Project};
use crate::service::{BOTH, INSTRUMENTED, OTHER, PLAIN, Variant};
use std::fs;
use std::path::Path;

const COMMANDS: [&str; 3] = ["cold build", "check after an edit", "build after an edit"];

struct Typical {
    variant: Variant,
    project: Project,
    /// For each of `COMMANDS`.
    runs: [Vec<CpuSeconds>; 3],
    /// Of a check after an edit.
    instructions: f64,
}

/// The number of measurements of each variant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) cold: usize,
    pub(crate) edits: usize,
}

/// Measures this checkout, and also the one at `facade`. That comparison is printed and not saved.
pub(crate) fn measure(times: Times, facade: Option<&Path>) -> Result<()> {
    let mut typicals = vec![
        Typical::new(PLAIN, None)?,
        Typical::new(INSTRUMENTED, None)?,
        Typical::new(BOTH, None)?,
    ];
    if let Some(path) = facade {
        let path = of_file("find", path, fs::canonicalize(path))?;
        typicals.push(Typical::new(OTHER, Some(&path.display().to_string()))?);
    }
    for round in 1..=times.cold {
        // Its dependencies are the same as those of the plain project.
        in_turn(&mut typicals, round, |typical| match typical.variant.name {
            "instrument" => Ok(()),
            _ => typical.cold(round),
        })?;
    }
    for typical in &typicals {
        eprintln!("building what {} depends on", typical.variant.name);
        typical.project.user_time(&["check"], true)?;
        typical.project.user_time(&["build"], true)?;
    }
    for round in 1..=times.edits {
        in_turn(&mut typicals, round, |typical| typical.edit(round))?;
    }
    for typical in &mut typicals {
        typical.count()?;
    }
    let (times, instructions) = (table(&typicals), instructions(&typicals));
    if facade.is_some() {
        print!("{times}\n{instructions}");
        return Ok(());
    }
    times.save("build-typical.tsv")?;
    instructions.save("build-typical-instructions.tsv")
}

/// Calls `step` for each variant, in reverse order every other round.
fn in_turn(
    typicals: &mut [Typical],
    round: usize,
    step: impl FnMut(&mut Typical) -> Result<()>,
) -> Result<()> {
    if round % 2 == 1 {
        typicals.iter_mut().try_for_each(step)
    } else {
        typicals.iter_mut().rev().try_for_each(step)
    }
}

impl Typical {
    fn new(variant: Variant, facade: Option<&str>) -> Result<Self> {
        let project = variant.project(facade)?;
        Ok(Self { variant, project, runs: [const { Vec::new() }; 3], instructions: 0.0 })
    }

    fn cold(&mut self, round: usize) -> Result<()> {
        self.project.clean()?;
        let cold = self.project.user_time(&["build"], false)?;
        eprintln!("typical, round {round}: {} cold build {cold:.2} s", self.variant.name);
        self.runs[0].push(cold);
        Ok(())
    }

    fn count(&mut self) -> Result<()> {
        // The first check is not incremental, because cargo rebuilds when the compiler is wrapped.
        for edit in [0, 1] {
            self.variant.edit(&self.project, edit)?;
            self.instructions = self.project.instructions()?;
        }
        eprintln!("typical: {} {:.0} instructions", self.variant.name, self.instructions);
        Ok(())
    }

    fn edit(&mut self, round: usize) -> Result<()> {
        self.variant.edit(&self.project, round % 2)?;
        let check = self.project.user_time(&["check"], true)?;
        let build = self.project.user_time(&["build"], true)?;
        eprintln!(
            "typical, edit {round}: {} check {check:.2} s, build {build:.2} s",
            self.variant.name
        );
        self.runs[1].push(check);
        self.runs[2].push(build);
        Ok(())
    }
}

/// Returns the variants by which the others are divided.
fn baselines(typicals: &[Typical]) -> Vec<&Typical> {
    typicals.iter().filter(|typical| typical.variant.name != BOTH.name).collect()
}

fn instructions(typicals: &[Typical]) -> Table {
    let mut columns = "variant instructions".to_owned();
    for baseline in baselines(typicals) {
        columns.push_str(&format!(" times_{}", baseline.variant.name));
    }
    let mut table = Table::new(
        &[
            "A typical project, in instructions",
            "The instructions of rustc for `cargo check` after the same edit of the same project, \
             counted by valgrind.",
        ],
        &columns,
    );
    for typical in typicals {
        let mut row = format!("{}\t{:.0}", typical.variant.name, typical.instructions);
        for baseline in baselines(typicals) {
            row.push_str(&format!("\t{:.3}", typical.instructions / baseline.instructions));
        }
        table.row(&row);
    }
    table
}

fn table(typicals: &[Typical]) -> Table {
    let baselines = baselines(typicals);
    let mut columns = "variant command runs user_s user_min user_max".to_owned();
    for name in baselines.iter().map(|baseline| baseline.variant.name) {
        columns.push_str(&format!(" times_{name} times_{name}_min times_{name}_max"));
    }
    let mut table = Table::new(
        &[
            "A typical project",
            "Seconds of user time of a client with 60 functions in 6 modules that depends on \
             reqwest, serde, thiserror, tokio and tracing. A cold build includes the dependencies. \
             An edit changes a constant in the body of one function, and the builds after it are \
             incremental. Ratios are taken within each round.",
        ],
        &columns,
    );
    for (at, command) in COMMANDS.iter().enumerate() {
        for typical in typicals.iter().filter(|typical| !typical.runs[at].is_empty()) {
            let runs = &typical.runs[at];
            let mut row = format!(
                "{}\t{command}\t{}\t{}",
                typical.variant.name,
                runs.len(),
                Spread::of(runs.iter().copied())
            );
            for others in baselines.iter().map(|baseline| &baseline.runs[at]) {
                row.push('\t');
                row.push_str(&ratios(runs, others));
            }
            table.row(&row);
        }
    }
    table
}

/// Formats three columns, which are empty if the baseline was not measured.
fn ratios(runs: &[f64], others: &[f64]) -> String {
    if others.is_empty() {
        return "\t\t".to_owned();
    }
    Spread::of_ratios(runs, others).to_string()
}
