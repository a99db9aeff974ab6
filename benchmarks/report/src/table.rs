//! Tab-separated tables with a line of headings; lines before it that begin with `#` are notes.

use std::fs;
use std::path::Path;

/// One file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Table {
    /// The notes above the table.
    pub(crate) notes: Vec<String>,
    /// The names of its columns.
    pub(crate) headings: Vec<String>,
    /// Its rows, each as long as the headings.
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a file.
    pub(crate) fn read(file: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(&text).map_err(|error| format!("{}:{error}", file.display()))
    }

    /// Parses the text. An error begins with the number of its line.
    fn parse(text: &str) -> Result<Self, String> {
        let mut table = Self::default();
        for (at, line) in text.lines().enumerate() {
            if let Some(note) = line.strip_prefix('#') {
                table.notes.push(note.trim().to_owned());
                continue;
            }
            let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            if table.headings.is_empty() {
                table.headings = cells;
            } else if cells.len() == table.headings.len() {
                table.rows.push(cells);
            } else {
                let (found, expected) = (cells.len(), table.headings.len());
                return Err(format!("{}: {found} columns, must be {expected}", at + 1));
            }
        }
        Ok(table)
    }

    /// Returns the cell of a row in a column.
    pub(crate) fn cell<'a>(&self, row: &'a [String], heading: &str) -> Result<&'a str, String> {
        let at = self.headings.iter().position(|one| one == heading);
        at.and_then(|at| row.get(at))
            .map(String::as_str)
            .ok_or_else(|| format!("no column `{heading}` among {}", self.headings.join(", ")))
    }

    /// Returns a cell as a number.
    pub(crate) fn number(&self, row: &[String], heading: &str) -> Result<f64, String> {
        let cell = self.cell(row, heading)?;
        cell.parse().map_err(|_| format!("`{heading}` is `{cell}`: must be a number"))
    }
}

/// Returns a Markdown table. The first column is text, the others are figures.
pub(crate) fn markdown(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("| {} |\n|---|", headings.join(" | "));
    text.push_str(&"---:|".repeat(headings.len().saturating_sub(1)));
    text.push('\n');
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

/// Formats a figure with about three digits, and with separators between thousands.
pub(crate) fn figure(value: f64) -> String {
    if value.abs() < 9.95 {
        return format!("{value:.1}");
    }
    let whole = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Table, figure};

    #[test]
    fn a_table_has_notes_headings_and_rows() {
        let table = Table::parse("# why\na\tb\n1\t2\n").expect("it is well formed");
        assert_eq!(table.notes, ["why"]);
        assert_eq!(table.number(&table.rows[0], "b"), Ok(2.0));
        assert!(table.cell(&table.rows[0], "c").is_err());
    }

    #[test]
    fn a_row_of_another_length_is_named() {
        assert!(Table::parse("a\tb\n1\n").expect_err("it is short").starts_with("2: "));
    }

    #[test]
    fn figures_are_short() {
        let shown = [0.04, 9.94, 12.6, 999.6, 1234.0, 1_234_567.0].map(figure);
        assert_eq!(shown, ["0.0", "9.9", "13", "1,000", "1,234", "1,234,567"]);
    }
}
