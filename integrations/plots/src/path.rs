//! Paths and numbers with few characters.

use std::fmt::Write as _;

/// A path whose points are relative to the one before, in tenths, without a sum of rounding errors.
#[derive(Debug, Default)]
pub(crate) struct Relative {
    pub(crate) data: String,
    at: Option<(i64, i64)>,
}

impl Relative {
    pub(crate) fn line_to(&mut self, point: (f64, f64)) {
        let first = self.at.is_none();
        let (x, y) = self.step(point);
        // What follows the first point of `m` are lines.
        let command = if first { "m" } else { "" };
        self.push(command, x, y);
    }

    pub(crate) fn dot(&mut self, point: (f64, f64)) {
        let (x, y) = self.step(point);
        self.push("m", x, y);
        // A line of no length has round ends.
        self.data.push_str("h0");
    }

    /// Returns the way from the last point, in tenths.
    fn step(&mut self, (x, y): (f64, f64)) -> (i64, i64) {
        let next = ((x * 10.0).round() as i64, (y * 10.0).round() as i64);
        let last = self.at.replace(next).unwrap_or_default();
        (next.0 - last.0, next.1 - last.1)
    }

    fn push(&mut self, command: &str, x: i64, y: i64) {
        let [x, y] = [x, y].map(|tenths| short(tenths as f64 / 10.0));
        let space =
            |number: &str, needed: bool| if number.starts_with('-') || !needed { "" } else { " " };
        let before = space(&x, command.is_empty() && !self.data.is_empty());
        let between = space(&y, true);
        let _ = write!(self.data, "{command}{before}{x}{between}{y}");
    }
}

/// Formats a number with one decimal at most, and none that is zero.
pub(crate) fn short(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    let (sign, tenths) = (if tenths < 0 { "-" } else { "" }, tenths.abs());
    match (tenths / 10, tenths % 10) {
        (0, 0) => "0".to_owned(),
        (whole, 0) => format!("{sign}{whole}"),
        (0, part) => format!("{sign}.{part}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Relative, short};

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, -0.04, 0.5, -0.26, 3.0, -12.34].map(short);
        assert_eq!(numbers, ["0", "0", ".5", "-.3", "3", "-12.3"]);
    }

    #[test]
    fn paths_are_relative() {
        let mut path = Relative::default();
        for point in [(10.0, 20.0), (12.26, 5.0), (12.4, 5.5)] {
            path.line_to(point);
        }
        assert_eq!(path.data, "m10 20 2.3-15 .1 .5");
        let mut dots = Relative::default();
        dots.dot((1.0, 2.0));
        dots.dot((0.0, 4.0));
        assert_eq!(dots.data, "m1 2h0m-1 2h0");
    }
}
