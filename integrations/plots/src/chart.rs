//! A chart in a picture: axes, areas, lines and clouds of points.

use std::fmt::Write as _;
use std::ops::Range;

use crate::path::{Relative, short};
use crate::picture::{Anchor, Picture, TEXT};

const GRID: &str = "#ddd";

/// The area between the axes of a chart. Labels are outside of it.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// A chart in a picture. Later calls draw over earlier ones.
#[derive(Debug)]
pub struct Chart<'a> {
    picture: &'a mut Picture,
    frame: Frame,
    x: Range<f64>,
    y: Range<f64>,
}

impl Picture {
    /// Begins a chart with a caption above it.
    pub fn chart(
        &mut self,
        frame: Frame,
        caption: &str,
        x: Range<f64>,
        y: Range<f64>,
    ) -> Chart<'_> {
        if !caption.is_empty() {
            let middle = frame.left + frame.width / 2.0;
            self.text((middle, frame.top - 12.0), Anchor::Middle, 15, caption);
        }
        Chart { picture: self, frame, x, y }
    }
}

impl Chart<'_> {
    /// Returns the position of a point.
    #[must_use]
    pub fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let Self { frame, .. } = self;
        let share =
            |value: f64, range: &Range<f64>| (value - range.start) / (range.end - range.start);
        (
            frame.left + frame.width * share(x, &self.x),
            frame.top + frame.height * (1.0 - share(y, &self.y)),
        )
    }

    /// Draws the horizontal axis with labels below it.
    pub fn x_axis(&mut self, labels: impl IntoIterator<Item = (f64, String)>) {
        let (x, y) = (self.frame.left, self.frame.top + self.frame.height);
        self.path(&format!("M{} {}h{}", short(x), short(y), short(self.frame.width)), TEXT, 1);
        for (value, label) in labels {
            let (x, _) = self.at((value, 0.0));
            self.path(&format!("M{} {}v5", short(x), short(y)), TEXT, 1);
            self.picture.text((x, y + 19.0), Anchor::Middle, 13, &label);
        }
    }

    /// Draws horizontal lines with labels to their left.
    pub fn y_axis(&mut self, labels: impl IntoIterator<Item = (f64, String)>) {
        for (value, label) in labels {
            let (_, y) = self.at((0.0, value));
            let x = self.frame.left;
            self.path(&format!("M{} {}h{}", short(x), short(y), short(self.frame.width)), GRID, 1);
            self.picture.text((x - 7.0, y + 4.5), Anchor::End, 13, &label);
        }
    }

    /// Fills the rectangle between two corners.
    pub fn area(&mut self, one: (f64, f64), other: (f64, f64), color: &str) {
        let (one, other) = (self.at(one), self.at(other));
        let (x, y) = (one.0.min(other.0), one.1.min(other.1));
        let (width, height) = ((one.0 - other.0).abs(), (one.1 - other.1).abs());
        let [x, y, width, height] = [x, y, width, height].map(short);
        let body = &mut self.picture.body;
        let _ = writeln!(body, "<path d='M{x} {y}h{width}v{height}h-{width}z' fill='{color}'/>");
    }

    /// Draws a line through points.
    pub fn line(&mut self, points: impl IntoIterator<Item = (f64, f64)>, color: &str) {
        let mut path = Relative::default();
        for point in points {
            path.line_to(self.at(point));
        }
        self.path(&path.data, color, 2);
    }

    /// Draws a dashed horizontal line across the chart.
    pub fn limit(&mut self, y: f64, color: &str) {
        let (x, y) = (self.frame.left, self.at((0.0, y)).1);
        let (x, y, width) = (short(x), short(y), short(self.frame.width));
        let body = &mut self.picture.body;
        let _ =
            writeln!(body, "<path d='M{x} {y}h{width}' stroke='{color}' stroke-dasharray='4'/>");
    }

    /// Draws a translucent dot at each point.
    pub fn dots(&mut self, points: impl IntoIterator<Item = (f64, f64)>, color: &str) {
        let mut path = Relative::default();
        for point in points {
            path.dot(self.at(point));
        }
        let data = &path.data;
        let _ = writeln!(
            self.picture.body,
            "<path d='{data}' fill='none' stroke='{color}' stroke-width='4' \
             stroke-linecap='round' opacity='.45'/>"
        );
    }

    /// Puts text on a line through a point, moved by units of the picture.
    pub fn text(&mut self, point: (f64, f64), moved: (f64, f64), anchor: Anchor, text: &str) {
        let (x, y) = self.at(point);
        self.picture.text((x + moved.0, y + moved.1), anchor, 13, text);
    }

    fn path(&mut self, data: &str, color: &str, width: u8) {
        let width = if width == 1 { String::new() } else { format!(" stroke-width='{width}'") };
        let body = &mut self.picture.body;
        let _ = writeln!(body, "<path d='{data}' fill='none' stroke='{color}'{width}/>");
    }
}

/// Returns round values from zero to one that is not below `most`.
#[must_use]
pub fn ticks(most: f64) -> Vec<f64> {
    let unit = 10_f64.powf((most / 5.0).log10().floor());
    let step = [1.0, 2.0, 5.0].map(|factor| factor * unit);
    let step = step.into_iter().find(|step| step * 5.0 >= most).unwrap_or(10.0 * unit);
    let parts = (most / step).ceil() as u32;
    // Divided, so that the values are those nearest to the decimal fractions.
    (0..=parts).map(|part| (f64::from(part) * step * 1e6).round() / 1e6).collect()
}

#[cfg(test)]
mod tests {
    use super::ticks;

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.5), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]);
        assert_eq!(ticks(7.9), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(ticks(779_600.0).last(), Some(&800_000.0));
    }
}
