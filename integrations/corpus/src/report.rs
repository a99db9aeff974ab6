//! Counts the results and formats them as tables.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::AddAssign;

use crate::annotate::Keys;
use crate::measure::Outcome;

/// The columns of the table, from the smallest to the largest change.
const COLUMNS: [&str; 6] =
    ["as they are", "`clone`", "`shared`", "`once`", "`+ Clone`", "not at all"];

const KEYS: [&str; 4] = ["clone", "shared", "once", "+ Clone"];

/// The number of functions per column. A function counts only under its largest change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally([usize; COLUMNS.len()]);

impl Tally {
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut tally = Self::default();
        for outcome in outcomes {
            tally.0[outcome.result.as_ref().map_or(5, column)] += 1;
        }
        tally
    }

    pub fn functions(&self) -> usize {
        self.0.iter().sum()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (sum, number) in self.0.iter_mut().zip(other.0) {
            *sum += number;
        }
    }
}

fn column(keys: &Keys) -> usize {
    [&keys.bounds, &keys.once, &keys.shared, &keys.clone]
        .iter()
        .position(|names| !names.is_empty())
        .map_or(0, |at| 4 - at)
}

/// Formats a row for each library and one for the sum.
pub fn table(title: &str, rows: &[(String, Tally)], markdown: bool) -> String {
    let mut header = vec![title.to_owned(), "functions".to_owned()];
    header.extend(COLUMNS.map(str::to_owned));
    let mut sum = Tally::default();
    for (_, tally) in rows {
        sum += *tally;
    }
    let rows = rows.iter().map(|(name, tally)| (name.as_str(), tally)).chain([("sum", &sum)]);
    let mut lines = vec![header];
    lines.extend(rows.map(|(name, tally)| {
        let mut cells = vec![name.to_owned(), tally.functions().to_string()];
        cells.extend(tally.0.iter().map(|number| cell(*number, tally.functions())));
        cells
    }));
    if markdown { as_markdown(&lines) } else { as_columns(&lines) }
}

fn cell(number: usize, of: usize) -> String {
    let permille = (number * 1000 + of / 2).checked_div(of).unwrap_or_default();
    format!("{number} ({}.{} %)", permille / 10, permille % 10)
}

/// Lists each function with the changes that it needed, or the reason to remove the attribute.
pub fn list(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for Outcome { function, result } in outcomes {
        let _ = match result {
            Err(reason) => writeln!(text, "{function}: not at all: {reason}"),
            Ok(keys) => {
                let _ = write!(text, "{function}: compiles");
                let names = [&keys.clone, &keys.shared, &keys.once, &keys.bounds];
                for (key, names) in KEYS.iter().zip(names).filter(|(_, names)| !names.is_empty()) {
                    let _ = write!(text, ", {key}({})", names.join(", "));
                }
                writeln!(text)
            }
        };
    }
    text
}

/// Lists the reasons to remove the attribute, the most frequent one first, each with one function.
pub fn reasons(outcomes: &[Outcome], markdown: bool) -> String {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for outcome in outcomes {
        if let Err(reason) = &outcome.result {
            by_reason.entry(reason).or_default().push(&outcome.function);
        }
    }
    let mut sorted: Vec<_> = by_reason.into_iter().collect();
    sorted.sort_by_key(|(_, functions)| std::cmp::Reverse(functions.len()));
    let mut lines = vec![["number", "reason", "for example"].map(str::to_owned).to_vec()];
    lines.extend(sorted.into_iter().map(|(reason, functions)| {
        let example = functions.first().copied().unwrap_or_default();
        vec![functions.len().to_string(), reason.to_owned(), example.to_owned()]
    }));
    match (lines.len(), markdown) {
        (1, _) => String::new(),
        (_, true) => as_markdown(&lines),
        (_, false) => as_columns(&lines),
    }
}

fn as_markdown(lines: &[Vec<String>]) -> String {
    let mut text = String::new();
    for (at, cells) in lines.iter().enumerate() {
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if at == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(cells.len()));
        }
    }
    text
}

fn as_columns(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |at: usize| {
        let cells = lines.iter().filter_map(|cells| cells.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for cells in lines {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let _ = writeln!(text, "{}", padded.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(result: Result<Keys, String>) -> Outcome {
        Outcome { function: "f (src/lib.rs:1)".to_owned(), result }
    }

    #[test]
    fn a_function_counts_under_the_largest_change() {
        let names = || vec!["a".to_owned()];
        let both = Keys { clone: names(), bounds: names(), ..Keys::default() };
        let cloned = Keys { clone: names(), ..Keys::default() };
        let tally = Tally::of(&[
            outcome(Ok(Keys::default())),
            outcome(Ok(both)),
            outcome(Ok(cloned)),
            outcome(Err("E0382".to_owned())),
        ]);
        assert_eq!(tally, Tally([1, 1, 0, 0, 1, 1]));
        let table = table("retry", &[("lib".to_owned(), tally)], true);
        assert!(table.contains("| lib | 4 | 1 (25.0 %) | 1 (25.0 %) | 0 (0.0 %) |"), "{table}");
    }

    #[test]
    fn a_reason_is_counted_with_one_example() {
        let outcomes = [outcome(Err("E0382".to_owned())), outcome(Err("E0382".to_owned()))];
        assert!(reasons(&outcomes, true).contains("| 2 | E0382 | f (src/lib.rs:1) |"));
        assert_eq!(reasons(&[outcome(Ok(Keys::default()))], true), "");
    }
}
