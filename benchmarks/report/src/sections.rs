//! The sections of the report, each a table and what it shows.

use scenarios::median::Spread;
use scenarios::scenario::Scenario;
use scenarios::shared::{Load, THREADS};

use crate::figures::{Entry, Figures, is_ours};
use crate::table::{Table, figure, markdown};
use crate::verdict;

/// The contestant of ours that the others are compared with.
const OURS: &str = "retry-utils";

/// A scenario with one call after the other.
pub(crate) fn scenario(figures: &Figures, scenario: Scenario) -> String {
    let entries = figures.of(scenario);
    let rows: Vec<_> = entries.iter().map(|entry| row(entry)).collect();
    let headings = [
        "contestant",
        "instructions, noop",
        "instructions, tokio",
        "ns, noop",
        "times plain",
        "ns, tokio",
        "quartiles",
        "times plain",
        "allocations",
    ];
    let said = verdict::sentences(&entries, OURS).map_or_else(String::new, |said| said + "\n\n");
    format!("{}\n{said}", markdown(&headings, &rows))
}

fn row(entry: &Entry) -> Vec<String> {
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), figure);
    let median = |spread: Option<Spread>| shown(spread.map(|spread| spread.median));
    vec![
        name(&entry.name),
        shown(entry.noop.instructions),
        shown(entry.tokio.instructions),
        median(entry.noop.nanos),
        median(entry.noop.ratio),
        median(entry.tokio.nanos),
        entry.tokio.nanos.map_or_else(|| "–".to_owned(), quartiles),
        median(entry.tokio.ratio),
        shown(entry.tokio.allocations),
    ]
}

fn quartiles(spread: Spread) -> String {
    format!("{} to {}", figure(spread.lower), figure(spread.upper))
}

/// Ours stand out.
fn name(name: &str) -> String {
    if is_ours(name) { format!("**{name}**") } else { name.to_owned() }
}

/// One breaker under several threads.
pub(crate) fn threads(figures: &Figures, load: Load) -> Result<String, String> {
    let table = &figures.threads;
    let mut names: Vec<&str> = Vec::new();
    let mut rows = Vec::new();
    for row in &table.rows {
        if table.cell(row, "load")? == load.id() {
            let name = table.cell(row, "contestant")?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    for contestant in names {
        let mut cells = vec![name(contestant)];
        for threads in THREADS {
            cells.push(rate(table, load, contestant, threads)?);
        }
        rows.push(cells);
    }
    let headings: Vec<String> = THREADS
        .iter()
        .map(|threads| format!("{threads} thread{}", if *threads == 1 { "" } else { "s" }))
        .collect();
    let headings: Vec<&str> =
        ["contestant"].into_iter().chain(headings.iter().map(String::as_str)).collect();
    Ok(markdown(&headings, &rows))
}

/// Million calls per second with quartiles, and the ratio to the packed atomic.
fn rate(table: &Table, load: Load, contestant: &str, threads: usize) -> Result<String, String> {
    let threads = threads.to_string();
    for row in &table.rows {
        if table.cell(row, "load")? == load.id()
            && table.cell(row, "contestant")? == contestant
            && table.cell(row, "threads")? == threads
        {
            let at = |heading| table.number(row, heading);
            return Ok(format!(
                "{} ({} to {}), {:.3}",
                figure(at("million-calls")?),
                figure(at("lower")?),
                figure(at("upper")?),
                at("ratio")?
            ));
        }
    }
    Ok("–".to_owned())
}

/// Sizes of futures.
pub(crate) fn sizes(figures: &Figures) -> Result<String, String> {
    let table = &figures.sizes;
    let mut rows: Vec<(String, String, Vec<String>)> = Vec::new();
    for row in &table.rows {
        let (shape, contestant) = (table.cell(row, "shape")?, table.cell(row, "contestant")?);
        let bytes = figure(table.number(row, "bytes")?);
        match rows.iter_mut().find(|(one, other, _)| one == shape && other == contestant) {
            Some((.., sizes)) => sizes.push(bytes),
            None => rows.push((shape.to_owned(), contestant.to_owned(), vec![bytes])),
        }
    }
    let order = ["plain", "retry", "breaker", "both"];
    rows.sort_by_key(|(shape, ..)| order.iter().position(|one| one == shape));
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(shape, contestant, sizes)| {
            [vec![format!("{}, {shape}", name(&contestant))], sizes].concat()
        })
        .collect();
    Ok(markdown(&["contestant", "no argument", "1 KiB borrowed", "1 KiB cloned"], &rows))
}

/// Who allocates at all.
pub(crate) fn allocations(figures: &Figures) -> String {
    let mut rows = Vec::new();
    for entry in &figures.entries {
        let counts = [entry.noop.allocations, entry.tokio.allocations];
        let most = counts.into_iter().flatten().fold(0.0, f64::max);
        if most > 0.0 {
            rows.push(vec![
                format!("{}, {}", name(&entry.name), entry.scenario.id()),
                figure(most),
            ]);
        }
    }
    if rows.is_empty() {
        return "No contestant allocates in any scenario.\n".to_owned();
    }
    markdown(&["contestant and scenario", "allocations per call"], &rows)
}

/// A measurement made elsewhere, as it is.
pub(crate) fn other(table: &Table) -> String {
    let headings: Vec<&str> = table.headings.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| {
            let mut cells = row.clone();
            if let Some(first) = cells.first_mut() {
                *first = name(first);
            }
            cells
        })
        .collect();
    let notes = table.notes.join(" ");
    format!("{notes}\n\n{}", markdown(&headings, &rows))
}
