//! Charts as small SVG files, and as PNG files of the same look.
//!
//! The SVG files are embedded into the guide and have to be small. Coordinates have few digits, and
//! all points of a line or a cloud are one path. Text is left to the viewer's font; the margins fit
//! the widest of the usual ones.

// All numbers are far from any limit.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::Path;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Distinct for readers who confuse red and green.
pub const ORANGE: &str = "#d55e00";
/// See [`ORANGE`].
pub const BLUE: &str = "#0072b2";
/// See [`ORANGE`].
pub const GREEN: &str = "#009e73";
/// See [`ORANGE`].
pub const PURPLE: &str = "#aa5a91";
/// For areas behind lines.
pub const SHADE: &str = "#efe6d2";
/// For limits.
pub const GRAY: &str = "#666";

const TEXT: &str = "#222";
const GRID: &str = "#ddd";
/// Pixels of the PNG per unit of the SVG.
const SCALE: u16 = 2;

/// The look of an entry of a legend.
#[derive(Debug, Clone, Copy)]
pub enum Mark {
    Line,
    Dashed,
    Dot,
    Area,
}

/// The part of a text that is at its position.
#[derive(Debug, Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture on a white background, which is readable on light and dark pages.
#[derive(Debug)]
pub struct Picture {
    width: u16,
    height: u16,
    body: String,
}

impl Picture {
    /// Creates a picture with a title and a legend at the top.
    #[must_use]
    pub fn new(
        width: u16,
        height: u16,
        title: &str,
        legend: &[(Mark, &'static str, &str)],
    ) -> Self {
        let mut picture = Self { width, height, body: String::new() };
        let center = f64::from(width) / 2.0;
        picture.text((center, 28.0), Anchor::Middle, 18, title);
        // No font is measured here: widths are those of a wide one.
        let width = |text: &str| 56.0 + 7.5 * text.chars().count() as f64;
        let all: f64 = legend.iter().map(|(_, _, text)| width(text)).sum();
        let mut left = center - all / 2.0 + 12.0;
        for &(mark, color, text) in legend {
            picture.mark(mark, color, left);
            picture.text((left + 28.0, 54.0), Anchor::Start, 13, text);
            left += width(text);
        }
        picture
    }

    fn mark(&mut self, mark: Mark, color: &str, left: f64) {
        let x = short(left);
        let _ = match mark {
            Mark::Line => {
                write!(self.body, "<path d='M{x} 50h22' stroke='{color}' stroke-width='2'/>")
            }
            Mark::Dashed => {
                write!(self.body, "<path d='M{x} 50h22' stroke='{color}' stroke-dasharray='4'/>")
            }
            Mark::Dot => {
                write!(
                    self.body,
                    "<circle cx='{}' cy='50' r='3' fill='{color}'/>",
                    short(left + 14.0)
                )
            }
            Mark::Area => {
                write!(self.body, "<path d='M{x} 44h22v12h-22z' fill='{color}'/>")
            }
        };
        self.body.push('\n');
    }

    /// Puts text on a line through `at`.
    pub fn text(&mut self, at: (f64, f64), anchor: Anchor, size: u8, text: &str) {
        let (x, y) = (short(at.0), short(at.1));
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor='middle'",
            Anchor::End => " text-anchor='end'",
        };
        let size = if size == 13 { String::new() } else { format!(" font-size='{size}'") };
        let _ = writeln!(self.body, "<text x='{x}' y='{y}'{anchor}{size}>{text}</text>");
    }

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

    /// Returns the picture as SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let Self { width, height, body } = self;
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' \
             viewBox='0 0 {width} {height}' font-family='sans-serif' font-size='13' \
             fill='{TEXT}'>\n\
             <style>text{{stroke:#fff;stroke-width:3px;paint-order:stroke}}</style>\n\
             <path d='M0 0h{width}v{height}H0z' fill='#fff'/>\n{body}</svg>\n"
        )
    }

    /// Returns the picture as PNG, twice as large for dense screens.
    ///
    /// # Errors
    ///
    /// If something is outside of the picture, or the PNG cannot be encoded.
    pub fn png(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut options = Options::default();
        let fonts = options.fontdb_mut();
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        let tree = Tree::from_str(&self.svg(), &options)?;
        // The background fills the picture, so that anything larger sticks out.
        let drawn = tree.root().abs_bounding_box();
        if drawn.width() > tree.size().width() || drawn.height() > tree.size().height() {
            return Err("the picture is cut off: shorten its texts or enlarge its margins".into());
        }
        let size = (u32::from(self.width * SCALE), u32::from(self.height * SCALE));
        let mut pixels = Pixmap::new(size.0, size.1).ok_or("a picture without area")?;
        let scale = f32::from(SCALE);
        resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
        Ok(pixels.encode_png()?)
    }

    /// Writes `name.svg` and `name.png` into a folder.
    ///
    /// # Errors
    ///
    /// As [`png`](Self::png), and if a file cannot be written.
    pub fn save(&self, folder: &Path, name: &str) -> Result<(), Box<dyn Error>> {
        fs::write(folder.join(format!("{name}.svg")), self.svg())?;
        fs::write(folder.join(format!("{name}.png")), self.png()?)?;
        Ok(())
    }
}

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

/// A path whose points are relative to the one before, in tenths, without a sum of rounding errors.
#[derive(Debug, Default)]
struct Relative {
    data: String,
    at: Option<(i64, i64)>,
}

impl Relative {
    fn line_to(&mut self, point: (f64, f64)) {
        let first = self.at.is_none();
        let (x, y) = self.step(point);
        // What follows the first point of `m` are lines.
        let command = if first { "m" } else { "" };
        self.push(command, x, y);
    }

    fn dot(&mut self, point: (f64, f64)) {
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

/// Formats a number with one decimal at most, and none that is zero.
fn short(value: f64) -> String {
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
    use super::{Picture, Relative, short, ticks};

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, -0.04, 0.5, -0.26, 3.0, -12.34].map(short);
        assert_eq!(numbers, ["0", "0", ".5", "-.3", "3", "-12.3"]);
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.5), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]);
        assert_eq!(ticks(7.9), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(ticks(779_600.0).last(), Some(&800_000.0));
    }

    #[test]
    fn text_outside_of_the_picture_is_refused() {
        assert!(Picture::new(300, 100, "a short title", &[]).png().is_ok());
        assert!(Picture::new(300, 100, &"a long title ".repeat(5), &[]).png().is_err());
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
