//! The median and the extremes of several runs, and the tables for them.

use crate::failure::{Result, of_file};
use crate::project::measurements;
use std::fmt;
use std::fs;

/// The median, the minimum and the maximum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Computes it for at least one run.
    pub(crate) fn of(runs: impl IntoIterator<Item = f64>) -> Self {
        let mut runs: Vec<f64> = runs.into_iter().collect();
        runs.sort_by(f64::total_cmp);
        let middle = runs.len() / 2;
        let median = if runs.len().is_multiple_of(2) {
            f64::midpoint(runs[middle - 1], runs[middle])
        } else {
            runs[middle]
        };
        Self { median, min: runs[0], max: runs[runs.len() - 1] }
    }

    /// Divides each run by that of the other list in the same round, because the load of the
    /// machine differs between rounds.
    pub(crate) fn of_ratios(runs: &[f64], others: &[f64]) -> Self {
        Self::of(runs.iter().zip(others).map(|(run, other)| run / other))
    }
}

/// Formats it as three columns of a table.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}\t{:.3}\t{:.3}", self.median, self.min, self.max)
    }
}

/// A file of tab-separated values under a line of column names. Lines with `#` precede them. The
/// first of these is the title.
pub(crate) struct Table {
    text: String,
}

impl Table {
    pub(crate) fn new(notes: &[&str], columns: &str) -> Self {
        let mut table = Self { text: String::new() };
        for note in notes {
            table.row(&format!("# {note}"));
        }
        table.row(&columns.replace(' ', "\t"));
        table
    }

    pub(crate) fn row(&mut self, values: &str) {
        self.text.push_str(values);
        self.text.push('\n');
    }

    /// Writes the table to its file and prints the path.
    pub(crate) fn save(&self, name: &str) -> Result<()> {
        let folder = measurements();
        of_file("create", &folder, fs::create_dir_all(&folder))?;
        let path = folder.join(name);
        of_file("write", &path, fs::write(&path, &self.text))?;
        eprintln!("wrote {}", path.display());
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let spread = Spread::of([4.0, 1.0, 2.0, 8.0]);
        assert_eq!(spread, Spread { median: 3.0, min: 1.0, max: 8.0 });
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let ratios = Spread::of_ratios(&[1.0, 20.0, 3.0], &[1.0, 10.0, 1.0]);
        assert_eq!(ratios, Spread { median: 2.0, min: 1.0, max: 3.0 });
    }
}
