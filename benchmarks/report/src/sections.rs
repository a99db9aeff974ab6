//! The sections of the report, each a table and a summary.

use scenarios::contestant::is_ours;
use scenarios::drivers::Driver;
use scenarios::median::Spread;
use scenarios::scenario::Scenario;
use scenarios::set_up::SetUp;
use scenarios::shared::{Load, THREADS};
use scenarios::size::{Argument, Shape};

use crate::comparison::{self, Sorted, Standing};
use crate::figures::{Entry, Figures, InSetUp, Rate};
use crate::table::{Table, figure, markdown};

/// Returns the section of a scenario with sequential calls.
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
    format!("{}\n{}\n", markdown(&headings, &rows), comparison::of_scenario(&entries))
}

fn row(entry: &Entry) -> Vec<String> {
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

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), figure)
}

fn quartiles(spread: Spread) -> String {
    format!("{} to {}", figure(spread.lower), figure(spread.upper))
}

/// Formats a name, with those of retry-utils in bold.
fn name(name: &str) -> String {
    if is_ours(name) { format!("**{name}**") } else { name.to_owned() }
}

/// Returns each name once, in the order of first occurrence.
fn distinct<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// Returns the section of one breaker under several threads.
pub(crate) fn threads(figures: &Figures, load: Load) -> Result<String, String> {
    let rates = figures.rates(load)?;
    let names = distinct(rates.iter().map(|rate| rate.name.as_str()));
    let rows: Vec<Vec<String>> = names
        .iter()
        .map(|contestant| {
            let of = rates.iter().filter(|rate| rate.name == *contestant);
            let cells = of.map(|rate| {
                let millions = rate.millions;
                let (median, ratio) = (figure(millions.median), rate.ratio);
                format!("{median} ({}), {ratio:.3}", quartiles(millions))
            });
            [name(contestant)].into_iter().chain(cells).collect()
        })
        .collect();
    let headings: Vec<String> = THREADS
        .iter()
        .map(|threads| format!("{threads} thread{}", if *threads == 1 { "" } else { "s" }))
        .collect();
    let headings: Vec<&str> =
        ["contestant"].into_iter().chain(headings.iter().map(String::as_str)).collect();
    let mut text = markdown(&headings, &rows) + "\n";
    for (own, threads) in names
        .iter()
        .filter(|name| is_ours(name))
        .flat_map(|name| THREADS.map(|threads| (*name, threads)))
    {
        let under: Vec<_> = rates.iter().filter(|rate| rate.threads == threads).collect();
        let Some(ours) = under.iter().find(|rate| rate.name == own) else { continue };
        // More calls are better here, so a smaller rate is worse.
        let sorted = Sorted::of(under.iter().filter(|rate| !is_ours(&rate.name)).map(|rate| {
            let standing = match comparison::by_spread(ours.millions, rate.millions) {
                Standing::Better => Standing::Worse,
                Standing::Equal => Standing::Equal,
                Standing::Worse => Standing::Better,
            };
            (rate.name.as_str(), standing)
        }));
        text.push_str(&sorted.line(own, &format!("threads: {threads}")));
    }
    Ok(text)
}

/// Returns the instructions of retry-utils under tokio, with a column for each set-up: of the
/// scenarios with failures, or of the others.
pub(crate) fn set_ups(figures: &Figures, failures: bool) -> String {
    let columns: &[SetUp] = if failures { &SetUp::ALL } else { &[SetUp::Nobody, SetUp::Both] };
    let mut rows = Vec::new();
    let mut lines = String::new();
    for scenario in Scenario::ALL.into_iter().filter(|scenario| scenario.has_failures() == failures)
    {
        let entries = figures.of(scenario);
        for entry in &entries {
            let of = |set_up: SetUp| {
                let is_it = |one: &&InSetUp| {
                    (one.set_up, one.scenario) == (set_up, scenario)
                        && one.name == entry.name
                        && one.driver == Driver::Tokio.id()
                };
                match set_up {
                    SetUp::Nobody => entry.tokio.instructions,
                    _ => figures.in_set_ups.iter().find(is_it).map(|one| one.instructions),
                }
            };
            let Some(most) = of(SetUp::Both) else { continue };
            let cells = columns.iter().map(|set_up| shown(of(*set_up)));
            rows.push(
                [format!("{}, {}", scenario.id(), name(&entry.name))]
                    .into_iter()
                    .chain(cells)
                    .collect(),
            );
            if failures {
                let what =
                    format!("{} in the set-up `both`, instructions under tokio", scenario.id());
                lines.push_str(&comparison::of_count(most, &entries).line(&entry.name, &what));
            }
        }
    }
    let headings: Vec<&str> = ["scenario, contestant"]
        .into_iter()
        .chain(columns.iter().map(|set_up| set_up.id()))
        .collect();
    format!("{}\n{lines}\n", markdown(&headings, &rows))
}

/// Returns the rates of one thread and of two in the set-ups, and their ratio.
pub(crate) fn set_up_threads(figures: &Figures, load: Load) -> Result<String, String> {
    let rates = figures.set_up_rates(load)?;
    let mut rows = Vec::new();
    for (set_up, one) in rates.iter().filter(|(_, rate)| rate.threads == 1) {
        let is_two = |(in_set_up, rate): &&(String, Rate)| {
            rate.threads == 2 && in_set_up == set_up && rate.name == one.name
        };
        let Some((_, two)) = rates.iter().find(is_two) else { continue };
        let cell =
            |millions: Spread| format!("{} ({})", figure(millions.median), quartiles(millions));
        rows.push(vec![
            format!("{set_up}, {}", name(&one.name)),
            cell(one.millions),
            cell(two.millions),
            format!("{:.2}", two.millions.median / one.millions.median),
        ]);
    }
    Ok(markdown(&["set-up, contestant", "1 thread", "2 threads", "two over one"], &rows))
}

/// Returns the section of sizes of futures.
pub(crate) fn sizes(figures: &Figures) -> Result<String, String> {
    let all = figures.bytes()?;
    let mut text = String::new();
    for shape in Shape::ALL {
        let of: Vec<_> = all.iter().filter(|size| size.shape == shape.id()).collect();
        let names = distinct(of.iter().map(|size| size.name.as_str()));
        let rows: Vec<Vec<String>> = names
            .iter()
            .map(|contestant| {
                let bytes = of.iter().filter(|size| size.name == *contestant);
                let cells = bytes.map(|size| figure(size.bytes));
                [name(contestant)].into_iter().chain(cells).collect()
            })
            .collect();
        let headings = [shape.id(), "no argument", "1 KiB borrowed", "1 KiB cloned"];
        text.push_str(&format!("{}\n", markdown(&headings, &rows)));
        for argument in Argument::ALL {
            let with: Vec<_> = of.iter().filter(|size| size.argument == argument.id()).collect();
            for own in with.iter().filter(|size| is_ours(&size.name)) {
                let others = with.iter().filter(|size| !is_ours(&size.name));
                let sorted =
                    Sorted::of(others.map(|size| {
                        (size.name.as_str(), comparison::by_count(own.bytes, size.bytes))
                    }));
                let what = format!("bytes, argument {}", argument.id());
                text.push_str(&sorted.line(&own.name, &what));
            }
        }
        text.push('\n');
    }
    Ok(text)
}

/// Returns the contestants that allocate.
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

/// Returns the section of a measurement by another program, without changes.
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
